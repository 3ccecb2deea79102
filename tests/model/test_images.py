import pytest

from apolo_tui.model.images import Registries, RemoteImage
from apolo_tui.model.uris import Place

REGISTRIES = Registries(
    {"harbor": "registry.harbor.example.test", "cove": "registry.cove.example.test:5443"},
    Place("harbor", "tidepool", "reef"),
)

IMAGES = [
    # as written, as shown, as it goes over the wire
    ("ubuntu", "ubuntu:latest", "ubuntu:latest"),
    ("gcr.io/p/img:v1", "gcr.io/p/img:v1", "gcr.io/p/img:v1"),
    (
        "image:snap",
        "image://harbor/tidepool/reef/snap:latest",
        "registry.harbor.example.test/tidepool/reef/snap:latest",
    ),
    (
        "image:/p2/snap:v2",
        "image://harbor/tidepool/p2/snap:v2",
        "registry.harbor.example.test/tidepool/p2/snap:v2",
    ),
    (
        "image://harbor/tidepool/reef/a/b:t",
        "image://harbor/tidepool/reef/a/b:t",
        "registry.harbor.example.test/tidepool/reef/a/b:t",
    ),
    (
        "image://harbor/reef/snap",
        "image://harbor/tidepool/reef/snap:latest",
        "registry.harbor.example.test/tidepool/reef/snap:latest",
    ),
    (
        "registry.harbor.example.test/tidepool/reef/snap:t",
        "image://harbor/tidepool/reef/snap:t",
        "registry.harbor.example.test/tidepool/reef/snap:t",
    ),
    # Where the platform's own client errs: another org, and a registry with a port.
    (
        "image://harbor/org2/p/x",
        "image://harbor/org2/p/x:latest",
        "registry.harbor.example.test/org2/p/x:latest",
    ),
    (
        "image://cove/org2/p/x:v1",
        "image://cove/org2/p/x:v1",
        "registry.cove.example.test:5443/org2/p/x:v1",
    ),
    ("localhost:5000/ubuntu:v1", "localhost:5000/ubuntu:v1", "localhost:5000/ubuntu:v1"),
]


@pytest.mark.parametrize(("written", "shown", "wire"), IMAGES)
def test_images_are_understood(written: str, shown: str, wire: str) -> None:
    image = REGISTRIES.parse(written)
    assert str(image) == shown
    assert image.as_docker_url() == wire
    assert REGISTRIES.parse(wire) == image


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "name"),
        ("image:latest", "ambiguous"),
        ("ubuntu@sha256:" + "0" * 64, "digest"),
        ("-x", "begin"),
        ("a b", "space"),
        ("image://nowhere/o/p/x", "no cluster 'nowhere'"),
        ("image://harbor/x", "no image name"),
        ("image:/p2", "no image name"),
        ("registry.harbor.example.test/snap", "lacks a project"),
        ("x/a--b", "not a part of a name"),
        ("ubuntu:" + "t" * 129, "not a tag"),
        ("ubuntu:a:b", "not a tag"),
    ],
)
def test_what_is_no_image_is_refused_with_a_reason(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        REGISTRIES.parse(text)


@pytest.mark.parametrize("text", ["ubuntu@sha256:" + "0" * 64, "x/a--b", ""])
def test_an_image_that_a_job_has_is_never_an_error(text: str) -> None:
    assert REGISTRIES.read(text) == RemoteImage(text)
    assert REGISTRIES.read(text).as_docker_url() == text


def test_parts_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="both a cluster and a project"):
        RemoteImage("x", registry="r", cluster_name="c")
    with pytest.raises(ValueError, match="registry"):
        RemoteImage("x", cluster_name="c", project_name="p")
