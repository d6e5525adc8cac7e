"""What goes wrong, as exceptions that carry place and remedy."""

from __future__ import annotations

import re
from typing import Any

__all__ = [
    "Cancelled",
    "FileError",
    "RestockError",
    "RestockWarning",
    "ScenarioError",
    "UsageError",
]


# A command as a whole, which is meant as it stands; a flag of the command; and the short one for replications.
_FLAGS = re.compile(r"(`restock [^`]*`)|(?<![\w-])--([a-z][a-z-]*)|`-n`")


def _in_python(text: str) -> str:
    """What the library says of flags of the command, said of the keywords of this package: `--date-order` is `date_order` here."""

    def keyword(match: re.Match[str]) -> str:
        command, flag = match.groups()
        if command:
            return str(command)
        return flag.replace("-", "_") if flag else "`replications`"

    return _FLAGS.sub(keyword, text)


class RestockError(Exception):
    """Why something could not be done.

    Attributes
    ----------
    code
        ``E0104`` and its like (``restock explain E0104`` tells more), or a word: ``usage``, ``read``, ``write``, ``unmerged``.
    message
        What is wrong, without the place.
    place
        Where: ``spring.toml:12:5``, or a file; ``None`` if it is nowhere.
    value
        What stands there.
    remedy
        What to do.
    problems
        All problems of a scenario or a sales file, a dictionary each with ``code``, ``severity``, ``message``, ``place``, ``label`` and ``hint``.
    """

    code: str
    message: str
    place: str | None
    value: str | None
    remedy: str | None
    problems: list[dict[str, Any]]

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        place: str | None = None,
        value: str | None = None,
        remedy: str | None = None,
        text: str | None = None,
        problems: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(_in_python(text or message))
        self.code = code
        self.message = _in_python(message)
        self.place = None if place is None else _in_python(place)
        self.value = value
        self.remedy = None if remedy is None else _in_python(remedy)
        self.problems = problems or []

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception of a worker process arrives whole.
        parts = dict(self.__dict__, text=str(self))
        return _again, (type(self), parts)


def _again(kind: type[RestockError], parts: dict[str, Any]) -> RestockError:
    return kind(**parts)


class ScenarioError(RestockError, ValueError):
    """A scenario, or a sales file, is wrong: all that is wrong with it is in the text, and in ``problems``."""


class UsageError(RestockError, ValueError):
    """What was asked makes no sense."""


class FileError(RestockError, OSError):
    """A file cannot be read or written."""

    def __init__(self, message: str = "", **parts: Any) -> None:
        RestockError.__init__(self, message, **parts)

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class Cancelled(RestockError):
    """It was cancelled."""


class RestockWarning(UserWarning):
    """What the reader should know of a scenario or of sales that were read."""

    def __init__(self, message: str = "") -> None:
        super().__init__(_in_python(message))
