from decimal import Decimal

from yarl import URL

from apolo_tui.model.config import GPU, Project
from apolo_tui.wire.config import (
    account_of,
    auth_document,
    auth_of,
    cluster_document,
    cluster_of,
    clusters_of,
    projects_document,
    projects_of,
    server_config_of,
)
from tests.samples import read_json


def test_the_configuration_of_todays_platform() -> None:
    config = server_config_of(read_json("wire/config.json"))
    assert config.authorized
    assert config.admin_url == URL("https://api.example.test/apis/admin/v1")
    assert config.vcluster_url is None
    assert config.projects == (Project("harbor", "tidepool", "reef", "writer"),)
    cluster = config.clusters["harbor"]
    assert cluster.orgs == ("tidepool",)
    assert cluster.monitoring_url == URL("https://harbor.example.test/api/v1/jobs")
    assert cluster.users_url == URL()
    assert cluster.registry_host == "registry.harbor.example.test"
    preset = cluster.presets["gpu-small"]
    assert preset.credits_per_hour == Decimal("12.5")
    assert preset.gpu == GPU(2, "nvidia-l4", 25769803776)
    assert preset.gpu_memory == 2 * 25769803776
    assert preset.nvidia_migs == {"1g.5gb": GPU(1)}
    assert preset.tpu is not None
    assert cluster.resource_pools["gpu"].available_cpu == 15.5
    assert cluster.energy_schedules["default"].periods[0].weekday == 1


def test_what_was_read_can_be_written_to_a_login_and_read_again() -> None:
    config = server_config_of(read_json("wire/config.json"))
    cluster = config.clusters["harbor"]
    again = cluster_of(cluster_document(cluster))
    assert again.presets == cluster.presets
    assert again.monitoring_url == cluster.monitoring_url
    assert again.resource_pools["gpu"].nvidia_gpu == cluster.resource_pools["gpu"].nvidia_gpu
    assert projects_of(projects_document(tuple(config.projects))) == config.projects
    assert config.auth is not None
    assert auth_of(auth_document(config.auth)) == config.auth


def test_an_old_login_holds_a_plain_count_of_gpus() -> None:
    pool = {"name": "p", "nvidia_gpu": 2, "nvidia_gpu_model": "v100"}
    cluster = cluster_of({"name": "c", "resource_pools": [pool]})
    assert cluster.resource_pools["p"].nvidia_gpu == GPU(2, "v100")


def test_a_platform_without_a_login_service_is_told_apart() -> None:
    config = server_config_of({"authorized": True})
    assert config.auth is None
    assert config.clusters == {}


def test_odd_clusters_are_left_out_and_odd_fields_are_empty() -> None:
    assert clusters_of(None) == {}
    assert clusters_of([None, {}, {"name": 5}, {"name": "c", "orgs": None}])["c"].orgs == ()
    assert list(clusters_of([{"name": "b"}, {"name": "a"}])) == ["b", "a"]


def test_a_registry_may_have_a_port() -> None:
    cluster = cluster_of({"name": "c", "registry_url": "http://localhost:5000"})
    assert cluster.registry_host == "localhost:5000"


def test_an_account_without_a_limit_has_none() -> None:
    account = account_of({"quota": {}, "balance": {"spent_credits": "3"}, "role": "user"})
    assert account.balance.credits is None
    assert account.balance.spent_credits == 3
    assert account.quota.total_running_jobs is None
    limited = account_of({"quota": {"total_running_jobs": 5}, "balance": {"credits": "12.5"}})
    assert limited.balance.credits == Decimal("12.5")
    assert limited.quota.total_running_jobs == 5
