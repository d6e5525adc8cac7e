"""A run on many machines, with the bytes of one.

:func:`run` cuts a run into shards, has them run by a Ray cluster, and puts their parts together. Any other engine does as well: :class:`Shards` cuts,
:class:`Task` is what a worker runs, and :meth:`Shards.gather` puts together (see ``examples/`` for Dask and Spark).

A worker needs this package in the same version, and nothing else: the scenario and its data files are sent. Parts carry the version, the run, and a
fingerprint of the arithmetic of their machine; what does not fit is refused.

Security
--------
Whoever reaches the ports of a Ray cluster can run programs on it. Bind its nodes to the loopback interface or to a private network, and set
``RAY_AUTH_MODE=token`` with one ``RAY_AUTH_TOKEN`` (32 characters or more) on every node and for the one who asks. A cluster that :func:`run` starts for
itself listens on the loopback interface and makes a token of its own. Set ``RAY_worker_niceness=0`` where nodes are started: Ray's workers give way to
every other program otherwise.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import _core
from ._api import maybe, now, whole
from ._errors import FileError, RestockError, UsageError
from ._progress import Progress, told
from ._results import Result
from ._scenario import Scenario, ScenarioLike, Set

__all__ = ["ClusterError", "Shards", "Task", "run"]


class ClusterError(RestockError):
    """The cluster did not finish. Shards that did are kept: the same call goes on with them."""


@dataclass(frozen=True)
class Task:
    """What a worker runs: ``task(index)`` is the part of a shard, as bytes. It can be pickled."""

    recipe: bytes
    files: tuple[tuple[str, bytes], ...]
    of: int
    threads: int = 1

    def __call__(self, index: int) -> bytes:
        index = whole("index", index, 0, self.of - 1)
        return _core.run_shard(self.recipe, list(self.files), (index, self.of), self.threads)


class Shards:
    """A run cut into shards, whose parts are kept in a folder as they come.

    Parameters
    ----------
    scenario, set, seed, replications, own_policies_only, allow_outside, strict
        As of :func:`restock.run`.
    of
        How many shards. A worker should be busy for 5 to 60 seconds with each. Parts that are in ``keep`` already decide, if they are of this run.
    keep
        The folder of the parts.
    threads
        Of each worker.
    """

    def __init__(
        self,
        scenario: ScenarioLike,
        *,
        of: int,
        keep: str | os.PathLike[str],
        set: Set | None = None,
        seed: int | None = None,
        replications: int | None = None,
        own_policies_only: bool = False,
        allow_outside: bool = False,
        strict: bool = False,
        threads: int = 1,
    ) -> None:
        of = whole("of", of, 1, 1_000_000)
        if not str(keep):
            raise UsageError("`keep` is empty; name a folder of its own for the parts", code="usage")
        plan = _planned(scenario, set, seed, replications, own_policies_only, allow_outside, strict)
        self._is(plan, Path(keep), _cut_before(plan.run_hash, Path(keep)) or of, threads)

    def _is(self, plan: _core.Plan, folder: Path, of: int, threads: int) -> None:
        self._plan, self._folder, self.of, self._threads = plan, folder, of, threads

    @classmethod
    def _of(cls, plan: _core.Plan, folder: Path, of: int, threads: int) -> Shards:
        """Of a plan that is there already."""
        shards = cls.__new__(cls)
        shards._is(plan, folder, of, threads)
        return shards

    @property
    def run_hash(self) -> str:
        """SHA-256 of all that decides the results."""
        return self._plan.run_hash

    @property
    def task(self) -> Task:
        """What workers run."""
        files = tuple((name, _bytes(path)) for name, path in self._plan.inputs())
        return Task(self._plan.recipe(), files, self.of, self._threads)

    @property
    def missing(self) -> list[int]:
        """Shards whose parts are not kept yet."""
        return [index for index in range(self.of) if not _is_kept(self.run_hash, self._folder, index, self.of)]

    def keep(self, index: int, part: bytes) -> None:
        """Keeps the part of a shard, which is that shard of this run."""
        index = whole("index", index, 0, self.of - 1)
        _keep(self._folder, index, self.of, part, self.run_hash)

    def gather(
        self,
        *,
        out: str | os.PathLike[str] | None = None,
        force: bool = False,
        charts: bool = True,
        keep_replications: bool = True,
        threads: int = 0,
        progress: Progress = False,
    ) -> Result:
        """The result, from all parts: that of a run on one machine, to the byte. The comparison on equal terms, if it is asked for, is made here.

        The parameters are those of :func:`restock.run`.
        """
        parts = [_place(self._folder, index, self.of) for index in range(self.of)]
        folder = None if out is None else Path(out)
        with told(progress) as hear:
            found = _core.merge(
                [part for part in parts if part.exists()],
                self._plan,
                folder,
                force,
                charts,
                keep_replications,
                threads,
                now(),
                hear,
            )
        return Result(found)

    def clear(self) -> None:
        """Removes the parts that are kept."""
        for index in range(self.of):
            _place(self._folder, index, self.of).unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()


def _planned(
    scenario: ScenarioLike,
    set: Set | None,
    seed: int | None,
    replications: int | None,
    own_policies_only: bool,
    allow_outside: bool,
    strict: bool,
) -> _core.Plan:
    asked = Scenario(scenario, set=set, allow_outside=allow_outside, strict=strict)._core
    seed = maybe("seed", seed, 0, 2**63 - 1)
    return _core.Plan(asked, seed, maybe("replications", replications, 1, 2**63 - 1), own_policies_only)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"`{path}` cannot be read: {error.strerror}", code="read", place=str(path)) from error


def _place(folder: Path, index: int, of: int) -> Path:
    return folder / f"{index:0{len(str(of - 1))}}-of-{of}.part"


def _keep(folder: Path, index: int, of: int, part: bytes, run: str) -> None:
    # Beside its place and renamed, so that a stop leaves a whole part or none.
    folder.mkdir(parents=True, exist_ok=True)
    place = _place(folder, index, of)
    file = tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False)
    try:
        with file:
            file.write(part)
            file.flush()
            os.fsync(file.fileno())
        whose = _core.part_of(Path(file.name))
        if whose != (run, index, of):
            what = f"shard {whose[1]} of {whose[2]}" + ("" if whose[0] == run else " of another run")
            raise UsageError(f"this is the part of {what}, not of shard {index} of {of}", code="usage")
        os.replace(file.name, place)
    except BaseException:
        os.unlink(file.name)
        raise


def _is_kept(run: str, folder: Path, index: int, of: int) -> bool:
    place = _place(folder, index, of)
    if not place.exists():
        return False
    try:
        return _core.part_of(place) == (run, index, of)
    except RestockError:
        # It is not whole: run again, and written over.
        return False


def _cut_before(run: str, folder: Path) -> int | None:
    """Into how many shards the run is cut whose parts are kept."""
    for place in sorted(folder.glob("*-of-*.part")):
        try:
            theirs, _, of = _core.part_of(place)
        except RestockError:
            continue
        if theirs == run:
            return of
    return None


def run(
    scenario: ScenarioLike,
    *,
    address: str | None = None,
    shards: int | None = None,
    keep: str | os.PathLike[str] | None = None,
    set: Set | None = None,
    seed: int | None = None,
    replications: int | None = None,
    own_policies_only: bool = False,
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    charts: bool = True,
    keep_replications: bool = True,
    allow_outside: bool = False,
    strict: bool = False,
    threads: int = 1,
    retries: int = 3,
    progress: Progress = False,
) -> Result:
    """Simulates a scenario on a Ray cluster: the result of :func:`restock.run`, to the byte.

    Parameters
    ----------
    address
        Of the cluster's head, ``"10.0.0.5:6379"`` or ``"auto"``; without it, a cluster of this machine alone is started and ended.
    shards
        Into how many the run is cut; without it, one is tried, and each takes 5 to 60 seconds.
    keep
        A folder in which parts are kept as they come. Where there are some of this run already, only the others are run. Without it, beside ``out``,
        or nowhere.
    threads
        Cores of each worker.
    retries
        How often a shard is run again whose worker or node was lost.

    The other parameters are those of :func:`restock.run`.

    Raises
    ------
    ClusterError
        Ray is not installed, the cluster cannot be reached, its head was lost, or a shard failed. Parts that are kept stay.
    """
    shards = maybe("shards", shards, 1, 1_000_000)
    threads, retries = whole("threads", threads, 1, 1024), whole("retries", retries, 0, 1000)
    plan = _planned(scenario, set, seed, replications, own_policies_only, allow_outside, strict)
    with tempfile.TemporaryDirectory(prefix="restock-") as scratch:
        if keep is None:
            kept = Path(scratch) / "parts" if out is None else Path(f"{Path(out)}.parts")
        else:
            kept = Path(keep)
        job = Path(scratch) / "job"
        job.mkdir()
        (job / "recipe").write_bytes(plan.recipe())
        asked_for = {
            "recipe": str(job / "recipe"),
            "inputs": [(name, str(path.absolute())) for name, path in plan.inputs()],
            "run": plan.run_hash,
            "blocks": plan.blocks,
            "shards": _cut_before(plan.run_hash, kept) or shards,
            "keep": str(kept.absolute()),
            "address": address,
            "threads": threads,
            "retries": retries,
        }
        (job / "job.json").write_text(json.dumps(asked_for))
        with told(progress) as hear:
            of = _drive(job / "job.json", kept, hear)
        gathered = Shards._of(plan, kept, of, threads)
        result = gathered.gather(
            out=out,
            force=force,
            charts=charts,
            keep_replications=keep_replications,
            progress=progress,
        )
        if keep is None:
            gathered.clear()
    return result


def _drive(job: Path, kept: Path, hear: Any) -> int:
    """Has the shards run by a process of its own, since Ray ends the process whose head is lost. How many shards there are."""
    of = 0
    done = 0
    failure: Mapping[str, Any] | None = None
    command = [sys.executable, "-m", "restock._ray", str(job)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
        try:
            assert driver.stdout is not None
            for line in driver.stdout:
                if not line.startswith("{"):
                    continue
                said = json.loads(line)
                if "error" in said:
                    failure = said["error"]
                else:
                    done, of = said["done"], said["of"]
                    if hear is not None:
                        hear(said["doing"], done, of)
        except BaseException:
            driver.terminate()
            raise
    if failure is not None or driver.returncode != 0:
        raise _failed(failure, driver.returncode, done, of, kept)
    return of


def _failed(failure: Mapping[str, Any] | None, code: int, done: int, of: int, kept: Path) -> ClusterError:
    what = failure["message"] if failure else f"the connection to the cluster was lost (its driver ended with {code}): is its head still there?"
    remedy = (failure or {}).get("remedy")
    if done:
        remedy = f"{done} of {of} shards are kept in `{kept}`: the same call goes on with them"
    text = f"{what}; {remedy}" if remedy else what
    return ClusterError(what, code="cluster", remedy=remedy, text=text)
