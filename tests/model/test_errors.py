from apolo_tui.model import errors
from apolo_tui.model.errors import ApoloError


def every_class(base: type[ApoloError]) -> set[type[ApoloError]]:
    found = {base}
    for child in base.__subclasses__():
        found |= every_class(child)
    return found


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = {
        line.split("── ")[1].split()[0]
        for line in (errors.__doc__ or "").split("\n")
        if "── " in line
    }
    assert drawn == {
        cls.__name__ for cls in every_class(ApoloError) if cls.__module__ == errors.__name__
    } - {"ApoloError"}


def test_every_error_has_a_title_and_a_message_without_being_told_one() -> None:
    for cls in every_class(ApoloError):
        error = cls(1) if cls is errors.StdStreamError else cls()
        assert error.title
        assert error.message
        assert error.message == str(error)


def test_an_error_says_what_to_do_next_unless_told_otherwise() -> None:
    assert errors.AuthenticationError().next_step == "Log in again with: apolo login"
    assert errors.AuthenticationError(next_step="x").next_step == "x"


def test_the_bases_that_users_of_the_sdk_catch_are_kept() -> None:
    for cls in (errors.IllegalArgumentError, errors.ResourceNotFound, errors.BadGateway):
        assert issubclass(cls, ValueError)
    assert issubclass(errors.ConfigError, RuntimeError)
