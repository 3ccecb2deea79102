import pytest
from yarl import URL

from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    DiskVolume,
    HTTPPort,
    JobPriority,
    JobRestartPolicy,
    Resources,
    SecretFile,
    Volume,
)
from apolo_tui.wire.start import life_span_document, run_document, start_document

IMAGE = RemoteImage("ubuntu", "22.04")


def test_what_is_not_set_is_left_out() -> None:
    document = start_document(
        image=IMAGE, preset_name="cpu-small", cluster_name="harbor", project_name="reef"
    )
    assert document == {
        "image": "ubuntu:22.04",
        "preset_name": "cpu-small",
        "cluster_name": "harbor",
        "project_name": "reef",
        "pass_config": False,
    }


def test_everything_that_can_be_set() -> None:
    document = start_document(
        image=IMAGE,
        preset_name="gpu-small",
        cluster_name="harbor",
        org_name="tidepool",
        project_name="reef",
        entrypoint="/bin/sh",
        command="-c 'sleep 1'",
        working_dir="/work-dir",
        http=HTTPPort(8080, False),
        env={"LR": "0.1", "EMPTY": ""},
        volumes=[Volume(URL("storage://harbor/tidepool/reef/data"), "/data", True)],
        secret_env={"KEY": URL("secret://harbor/tidepool/reef/key")},
        secret_files=[SecretFile(URL("secret://harbor/tidepool/reef/file"), "/secret")],
        disk_volumes=[DiskVolume(URL("disk://harbor/tidepool/reef/disk-1"), "/disk")],
        tty=True,
        shm=True,
        name="train-7",
        tags=["exp"],
        description="the seventh",
        pass_config=True,
        wait_for_jobs_quota=True,
        schedule_timeout=60.0,
        restart_policy=JobRestartPolicy.ALWAYS,
        life_span=90.0,
        privileged=True,
        priority=JobPriority.LOW,
        energy_schedule_name="cheap",
    )
    assert document == {
        "image": "ubuntu:22.04",
        "preset_name": "gpu-small",
        "cluster_name": "harbor",
        "org_name": "tidepool",
        "project_name": "reef",
        "entrypoint": "/bin/sh",
        "command": "-c 'sleep 1'",
        "working_dir": "/work-dir",
        "http": {"port": 8080, "requires_auth": False},
        "env": {"LR": "0.1", "EMPTY": ""},
        "volumes": [
            {
                "src_storage_uri": "storage://harbor/tidepool/reef/data",
                "dst_path": "/data",
                "read_only": True,
            }
        ],
        "secret_env": {"KEY": "secret://harbor/tidepool/reef/key"},
        "secret_volumes": [
            {"src_secret_uri": "secret://harbor/tidepool/reef/file", "dst_path": "/secret"}
        ],
        "disk_volumes": [
            {
                "src_disk_uri": "disk://harbor/tidepool/reef/disk-1",
                "dst_path": "/disk",
                "read_only": False,
            }
        ],
        "tty": True,
        "resources": {"shm": True},
        "name": "train-7",
        "tags": ["exp"],
        "description": "the seventh",
        "pass_config": True,
        "wait_for_jobs_quota": True,
        "schedule_timeout": 60.0,
        "restart_policy": "always",
        "max_run_time_minutes": 2,
        "privileged": True,
        "priority": "low",
        "energy_schedule_name": "cheap",
    }


def test_the_older_request_nests_the_container_and_its_resources() -> None:
    container = Container(
        IMAGE,
        Resources(2**30, 0.5, nvidia_gpu=1, nvidia_gpu_model="l4", shm=False, tpu_type="v2-8"),
        command="sleep 1",
    )
    document = run_document(
        container,
        scheduler_enabled=True,
        cluster_name="harbor",
        project_name="reef",
    )
    assert document["scheduler_enabled"] is True
    assert document["container"] == {
        "image": "ubuntu:22.04",
        "command": "sleep 1",
        "resources": {
            "cpu": 0.5,
            "memory": 2**30,
            "shm": False,
            "nvidia_gpu": 1,
            "nvidia_gpu_model": "l4",
            "tpu": {"type": "v2-8", "software_version": ""},
        },
    }


def test_a_life_span_is_added_in_whole_minutes() -> None:
    assert life_span_document(59) == {"additional_max_run_time_minutes": 1}
    assert life_span_document(5400) == {"additional_max_run_time_minutes": 90}
    with pytest.raises(ValueError, match="life span"):
        life_span_document(0)
