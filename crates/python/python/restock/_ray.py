"""The driver of a run on Ray: ``python -m restock._ray JOB.json``. It says on standard output, a line of JSON each, how far it is, and what went wrong.

A process of its own: Ray ends the process that drives a cluster whose head is lost, and with it would go the notebook or the command that asked.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from . import _core
from .cluster import Task, _bytes, _is_kept, _keep

# Bytes of the object store of a cluster of this machine alone: a shard's part is small, and histories are sent once.
_STORE = 80 << 20

# Seconds that a shard should take at least and at most, and how many times as long as it takes to read the scenario.
_LEAST, _MOST, _READS = 20.0, 60.0, 3.0

# Seconds in which somebody answers at an address, and in which a cluster lets us in.
_ANSWERS, _LETS_IN = 10.0, 90.0

_REMEDY = "is its head running, is the address right, and is RAY_AUTH_TOKEN that of the cluster?"


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def fail(message: str, remedy: str | None = None) -> int:
    say(error={"message": message, "remedy": remedy})
    return 1


def _unreachable(address: str) -> str | None:
    """Why nobody answers at an address, if nobody does: Ray itself tries for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "//" in address:
        return None
    try:
        with socket.create_connection((host, int(port)), timeout=_ANSWERS):
            return None
    except OSError as error:
        return error.strerror or str(error)


def _end_if_silent() -> threading.Timer:
    """Ends this process if the cluster, which is there, does not let us in."""

    def end() -> None:
        fail("the cluster does not answer", _REMEDY)
        os._exit(1)

    timer = threading.Timer(_LETS_IN, end)
    timer.daemon = True
    timer.start()
    return timer


def _end_with_parent() -> None:
    """Ends this process when whoever started it is gone: then its end of the pipe is closed."""

    def wait() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def _number(job: dict[str, Any], task: Task, cores: float) -> int:
    """How many shards: a block is tried here, and each shard shall take long enough to be worth its reading, and short enough to be run again."""
    begun = time.perf_counter()
    task(0)
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    task(0)
    block = time.perf_counter() - begun
    reading = max(first - block, 0.0)
    seconds = min(max(_READS * reading, _LEAST), _MOST)
    blocks = max(int(seconds / max(block, 1e-6)), 1)
    # A small run is shared by all cores, though its shards are short.
    workers = max(int(cores / job["threads"]), 1)
    shards = max(-(-job["blocks"] // blocks), min(workers, job["blocks"]))
    return int(min(shards, job["blocks"], 1_000_000))


def main(path: str) -> int:
    job = json.loads(Path(path).read_text())
    _end_with_parent()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    os.environ.setdefault("RAY_worker_niceness", "0")
    # A head that is lost for longer does not come back, and who waits wants to know.
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "20")
    if job["address"] is None:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        # What else this machine's user has of Ray is another cluster.
        os.environ.pop("RAY_ADDRESS", None)
    try:
        import ray
    except ImportError:
        return fail("Ray is not installed here", 'pip install "ray>=2.52"')
    where = "a cluster on this machine" if job["address"] is None else f"the cluster at `{job['address']}`"
    if job["address"] is not None and (why := _unreachable(job["address"])) is not None:
        return fail(f"{where} cannot be reached: {why}", _REMEDY)
    silence = _end_if_silent()
    quiet: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False, "configure_logging": True}
    try:
        if job["address"] is None:
            ray.init(
                address="local",
                include_dashboard=False,
                object_store_memory=_STORE,
                _node_ip_address="127.0.0.1",
                **quiet,
            )
        else:
            ray.init(address=job["address"], **quiet)
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return fail(f"{where} cannot be reached: {lines[0]}", _REMEDY)
    silence.cancel()
    try:
        return drive(job, ray)
    finally:
        ray.shutdown()


def drive(job: dict[str, Any], ray: Any) -> int:
    recipe = Path(job["recipe"]).read_bytes()
    files = tuple((name, _bytes(Path(path))) for name, path in job["inputs"])
    of = job["shards"]
    if of is None:
        say(doing="trying a shard", done=0, of=1)
        of = _number(job, Task(recipe, files, job["blocks"], job["threads"]), ray.cluster_resources().get("CPU", 1.0))
    folder = Path(job["keep"])
    missing = [index for index in range(of) if not _is_kept(job["run"], folder, index, of)]
    done = of - len(missing)
    say(doing="running shards", done=done, of=of)

    # Sent once to each node, not with each shard.
    sent = ray.put(Task(recipe, files, of, job["threads"]))
    version = _core.version()

    def shard(task: Task, index: int, version: str) -> bytes:
        import restock

        if restock.__version__ != version:
            raise RuntimeError(f"a worker has Restock {restock.__version__}, and this is {version}: install the same on all nodes")
        return task(index)

    remote = ray.remote(num_cpus=job["threads"], max_retries=job["retries"])(shard)
    waiting = {remote.remote(sent, index, version): index for index in missing}
    while waiting:
        ended, _ = ray.wait(list(waiting), num_returns=1, timeout=1.0)
        for ref in ended:
            index = waiting.pop(ref)
            try:
                part = ray.get(ref)
            except ray.exceptions.RayError as error:
                cause = getattr(error, "cause", None) or error
                lines = [line for line in str(cause).strip().splitlines() if line.strip()]
                why = lines[-1].strip() if lines else type(cause).__name__
                return fail(f"shard {index} of {of} failed: {type(cause).__name__}: {why}")
            _keep(folder, index, of, part, job["run"])
            done += 1
            say(doing="running shards", done=done, of=of)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
