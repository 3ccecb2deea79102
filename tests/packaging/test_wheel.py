"""What is shipped: the wheel and the sdist hold the styles, and the installed command runs."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import apolo_tui

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built by the project's own build system."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    return folder


def test_the_wheel_holds_the_styles_inside_the_package(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    sheets = {path.name for path in (ROOT / "styles").glob("*.tcss")}
    assert sheets
    assert {f"apolo_tui/styles/{name}" for name in sheets} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "styles/"))]


def test_the_sdist_holds_what_is_needed_to_build_and_to_test(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "tests/conftest.py"} <= names
    assert any(name.startswith("styles/") for name in names)


def test_the_command_of_the_wheel_runs_outside_the_checkout(built: Path, tmp_path: Path) -> None:
    """The wheel alone, with the dependencies that are installed here already."""
    (wheel,) = built.glob("*.whl")
    home = tmp_path / "venv"
    venv.create(home, symlinks=True)
    (site,) = home.glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    here = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(here) + "\n")
    python = home / "bin" / "python"
    where = run(python, "-I", "-c", "import apolo_tui; print(apolo_tui.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(home)
    version = run(python, "-I", "-m", "apolo_tui", "--version", cwd=tmp_path)
    assert apolo_tui.__version__ in version
    ask = "from apolo_tui import stylesheets; print(stylesheets.folder())"
    sheets = run(python, "-I", "-c", ask, cwd=tmp_path)
    assert Path(sheets.strip()).is_relative_to(home)
