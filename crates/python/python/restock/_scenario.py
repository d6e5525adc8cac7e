"""Scenarios: files, and dictionaries."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import _core

__all__ = ["Scenario", "ScenarioLike", "Set"]

#: Values laid over a scenario: ``{"demand.mean-per-day": 80, "supply.*.overflow": False}``, or texts as behind ``--set``.
Set = Mapping[str, Any] | Iterable[str]


class Scenario:
    """A scenario that is read when it is used.

    Parameters
    ----------
    source
        Path of a scenario file, or a dictionary with the same keys (``{"name": .., "product": [{..}], ..}``; dates are ``datetime.date``).
    set
        Values laid over it, by key: names in keys as on the command line (``supply."Ocean freight + 3PL".overflow``, ``supply.*.overflow``). Texts
        mean what they mean on the command line (``"20%"``, ``"6 weeks"``, ``"2026-07-01"``); a text that looks like a number is one in quotes of
        its own (``'"123"'``).
    folder
        Where the data files of a dictionary lie; files have their own folder.
    allow_outside
        Let the scenario name files outside its folder.
    strict
        Refuse a catalogue with a row that cannot be used, instead of leaving the row out with a warning.
    """

    _core: _core.Scenario

    def __init__(
        self,
        source: ScenarioLike,
        *,
        set: Set | None = None,
        folder: str | os.PathLike[str] | None = None,
        allow_outside: bool = False,
        strict: bool = False,
    ) -> None:
        changes = _changes(set)
        if isinstance(source, Scenario):
            self._core = source._core.set_more(changes)
        elif isinstance(source, Mapping):
            table = dict(source)
            name = "scenario.toml"
            self._core = _core.Scenario(Path(folder or ""), table, name, changes, allow_outside, strict)
        elif isinstance(source, (str, os.PathLike)):
            if isinstance(source, str) and "\n" in source:
                raise ValueError("this is the text of a scenario, not its path: restock.Scenario.from_toml(text)")
            self._core = _core.Scenario(Path(source), None, "", changes, allow_outside, strict)
        else:
            kind = type(source).__name__
            raise TypeError(f"a scenario is a path, a dictionary or a restock.Scenario, not {kind}")

    @classmethod
    def from_toml(cls, text: str, *, name: str = "scenario.toml", folder: str | os.PathLike[str] = "") -> Scenario:
        """A scenario from the text of a file, called ``name`` in messages, whose data files lie in ``folder``."""
        scenario = cls.__new__(cls)
        scenario._core = _core.Scenario(Path(folder), text, name, [], False, False)
        return scenario

    def with_values(self, set: Set) -> Scenario:
        """The same with more values laid over it; this one stays as it is."""
        return Scenario(self, set=set)

    def check(self) -> list[dict[str, Any]]:
        """The warnings that it gives, a dictionary each.

        Raises
        ------
        ScenarioError
            With all problems.
        """
        return self._core.check()

    def to_toml(self) -> str:
        """The whole scenario: defaults, files and all that is laid over them."""
        return self._core.toml()

    @property
    def name(self) -> str:
        """The file, as messages call it."""
        return self._core.name

    @property
    def changes(self) -> list[str]:
        """What is laid over it, as ``key=value``."""
        return self._core.overrides

    def __reduce__(self) -> tuple[Any, ...]:
        # A process of a pool gets it whole.
        return _again, self._core.parts()

    def __repr__(self) -> str:
        changes = f", set={self.changes}" if self.changes else ""
        return f"restock.Scenario({self.name!r}{changes})"


def _again(*parts: Any) -> Scenario:
    scenario = Scenario.__new__(Scenario)
    scenario._core = _core.Scenario(*parts)
    return scenario


#: What names a scenario: the path of a file, a dictionary, or a :class:`Scenario`.
ScenarioLike = str | os.PathLike[str] | Mapping[str, Any] | Scenario


def _changes(set: Set | None) -> list[str]:
    """As texts behind ``--set``."""
    if set is None:
        return []
    if isinstance(set, str):
        raise TypeError(f"set is the text {set!r}; give a dictionary, or a list of texts: [{set!r}]")
    if isinstance(set, Mapping):
        return [f"{key}={_core.literal(value, key, False)}" for key, value in set.items()]
    if isinstance(set, Iterable):
        return [str(change) for change in set]
    raise TypeError(f"set is {set!r}; give a dictionary, or a list of texts")


def core(scenario: ScenarioLike, set: Set | None, allow_outside: bool, strict: bool) -> _core.Scenario:
    """What the core runs."""
    return Scenario(scenario, set=set, allow_outside=allow_outside, strict=strict)._core
