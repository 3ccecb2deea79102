"""Checks of JSON values, with the platform's error texts (docs/protocol.md sections 4.1, 5.2).

A check takes a value and returns the one to use, or raises `DataError`. The text of an `DataError`
is what the platform puts into `error`: the Python rendering of a nested dict of `DataError`s.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any], Any]
MAX_INT = 2**31 - 1


class DataError(Exception):
    """A value that is refused. `error` is a text, or a dict of further ones by key."""

    def __init__(self, error: "str | Mapping[Any, DataError]") -> None:
        super().__init__(error)
        self.error = error

    def __repr__(self) -> str:
        return f"DataError({self.error!r})"

    def __str__(self) -> str:
        return str(self.error) if isinstance(self.error, str) else repr(dict(self.error))


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an object."""

    name: str
    check: Check
    required: bool = False


def string(
    *,
    least: int = 1,
    most: int | None = None,
    pattern: str | None = None,
    blank: bool = False,
) -> Check:
    """Text of `least` to `most` characters that matches `pattern` as a whole."""
    compiled = None if pattern is None else re.compile(pattern)

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise DataError("value is not a string")
        if not value and not blank:
            raise DataError("blank value is not allowed")
        if "\0" in value:
            raise DataError("value contains a null character")
        if len(value) < least and not blank:
            raise DataError(f"String is shorter than {least} characters")
        if most is not None and len(value) > most:
            raise DataError(f"String is longer than {most} characters")
        if compiled is not None and not compiled.fullmatch(value):
            raise DataError(f"does not match pattern {pattern!r}")
        return value

    return check


def integer(*, least: int, most: int = MAX_INT) -> Check:
    """A whole number; numeric text passes, as on the platform, and becomes a number."""

    def check(value: Any) -> int:
        if isinstance(value, list | dict) or value is None:
            raise DataError("value can't be converted to int")
        try:
            found = int(value)
        except (ValueError, OverflowError):
            raise DataError("value can't be converted to int") from None
        if isinstance(value, float) and found != value:
            raise DataError("value is not int")
        if found < least:
            raise DataError(f"value is less than {least}")
        if found > most:
            raise DataError(f"value is greater than {most}")
        return found

    return check


def number(*, least: float, below: float = float(MAX_INT)) -> Check:
    """A number from `least` to under `below`; a whole one stays an int."""

    def check(value: Any) -> float:
        if isinstance(value, list | dict) or value is None:
            raise DataError("value can't be converted to float")
        try:
            found = float(value)
        except (ValueError, OverflowError):
            raise DataError("value can't be converted to float") from None
        if not found >= least:
            raise DataError(f"value is less than {_plain(least)}")
        if not found < below:
            raise DataError(f"value should be less than {_plain(below)}")
        return _plain(found)

    return check


def _plain(value: float) -> float:
    return int(value) if value == int(value) else value


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise DataError("value should be True or False")
    return value


def enum(*variants: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in variants:
            raise DataError("value doesn't match any variant")
        return value

    return check


def either(*checks: Check) -> Check:
    """The first check that passes; all their errors by number when none does."""

    def check(value: Any) -> Any:
        errors = {}
        for number_, one in enumerate(checks):
            try:
                return one(value)
            except DataError as invalid:
                errors[number_] = invalid
        raise DataError(errors)

    return check


def null(value: Any) -> None:
    if value is not None:
        raise DataError("value should be None")


def array(item: Check, *, most: int | None = None) -> Check:
    def check(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise DataError("value is not a list")
        if most is not None and len(value) > most:
            raise DataError(f"list length is greater than {most}")
        return _gather(enumerate(value), item)

    return check


def mapping(key: Check, item: Check) -> Check:
    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise DataError("value is not a dict")
        for name in value:
            try:
                key(name)
            except DataError as invalid:
                raise DataError({name: DataError({"key": invalid})}) from None
        return dict(zip(value, _gather(value.items(), item), strict=True))

    return check


def _gather(pairs: Iterable[tuple[Any, Any]], item: Check) -> list[Any]:
    found, errors = [], {}
    for place, value in pairs:
        try:
            found.append(item(value))
        except DataError as invalid:
            errors[place] = invalid
    if errors:
        raise DataError(errors)
    return found


def keys(*known: Key) -> Check:
    """An object with these keys and no others."""
    by_name = {key.name: key for key in known}

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise DataError("value is not a dict")
        errors: dict[Any, DataError] = {}
        found = {}
        for key in known:
            if key.name not in value:
                if key.required:
                    errors[key.name] = DataError("is required")
                continue
            try:
                found[key.name] = key.check(value[key.name])
            except DataError as invalid:
                errors[key.name] = invalid
        for name in value:
            if name not in by_name:
                errors[name] = DataError(f"{name} is not allowed key")
        if errors:
            raise DataError(errors)
        return found

    return check


def both(*checks: Check) -> Check:
    """All the checks, each on what the one before returned."""

    def check(value: Any) -> Any:
        for one in checks:
            value = one(value)
        return value

    return check


def shell_words(value: str) -> str:
    """Text that splits by POSIX shell rules; it is returned unsplit."""
    try:
        shlex.split(value)
    except ValueError as error:
        raise DataError(f"invalid command format: {error}") from None
    return value
