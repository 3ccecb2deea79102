"""Where the style sheets are: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PLACES = (PACKAGE / "styles", PACKAGE.parent / "styles")


def folder() -> Path:
    """The folder of the `*.tcss` files.

    A wheel carries it inside the package. A checkout and an editable install have it beside the
    package. Raises FileNotFoundError, naming both, when there is neither.
    """
    for place in PLACES:
        if place.is_dir():
            return place
    looked = " or ".join(str(place) for place in PLACES)
    raise FileNotFoundError(f"the style sheets are missing from {looked}; install apolo-tui again")


def sheets() -> list[Path]:
    """All sheets, in the order in which they apply."""
    return sorted(folder().glob("*.tcss"))
