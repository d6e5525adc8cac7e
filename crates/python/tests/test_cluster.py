"""A run on a Ray cluster of two nodes has the bytes of one machine, whatever is lost on the way."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import restock
from conftest import TABLE
from restock import cluster
from same import assert_same_folder

pytest.importorskip("ray")

SURGE = "scenarios/spring-surge.toml"
SIZE = 3200
SHARDS = 20
# Of the object store of a node, the least that Ray takes gladly.
STORE = 80 << 20


# Whoever loses the process that started it becomes a child of ours, so that all that a test started can be found, whatever was killed.
PR_SET_CHILD_SUBREAPER = 36


def reap_orphans() -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Node:
    """A node of a cluster, started by hand on the loopback interface."""

    def __init__(self, *arguments: str, temporary: Path) -> None:
        command = [str(Path(sys.executable).with_name("ray")), "start", "--block", "--disable-usage-stats"]
        command += ["--node-ip-address=127.0.0.1", "--num-cpus=1", f"--object-store-memory={STORE}"]
        self.log = (temporary / f"{secrets.token_hex(4)}.log").open("w")
        self.process = subprocess.Popen([*command, *arguments], stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)

    def kill(self) -> None:
        """Kills all of its processes at once."""
        # Those that it started have sessions of their own: they are told by their parents.
        for pid in [*descendants(self.process.pid), self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.log.close()


def descendants(pid: int) -> list[int]:
    """The processes that it started, and those that these started."""
    children: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(process.name))
    found, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child)
    return found


def end_all(left: set[int]) -> None:
    """Kills all that tests started, but for what was there before, and sees that it is gone."""
    for _ in range(50):
        started = [pid for pid in descendants(os.getpid()) if pid not in left and not is_dead(pid)]
        if not started:
            return
        for pid in started:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.1)
    pytest.fail(f"processes are left: {started}")


def is_dead(pid: int) -> bool:
    """Whether it ended; its parent may not have asked for its end yet."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


class TwoNodes:
    """A head and a second node, with a token."""

    def __init__(self, temporary: Path) -> None:
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self.head = Node(
            "--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={temporary}", temporary=temporary
        )
        self.wait(port)
        self.second = Node(f"--address={self.address}", temporary=temporary)

    @staticmethod
    def wait(port: int) -> None:
        for _ in range(300):
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    return
            except OSError:
                time.sleep(0.2)
        pytest.fail("the head of the cluster does not answer")

    def end(self) -> None:
        self.second.kill()
        self.head.kill()


@pytest.fixture
def two_nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoNodes]:
    reap_orphans()
    before = set(descendants(os.getpid()))
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    monkeypatch.setenv("RAY_worker_niceness", "0")
    # Ray's sockets have names of at most 107 characters, which leaves no room for the long names of tests' folders.
    temporary = Path("/tmp") / f"restock-ray-{secrets.token_hex(4)}"
    temporary.mkdir()
    nodes = TwoNodes(temporary)
    try:
        yield nodes
    finally:
        nodes.end()
        shutil.rmtree(temporary, ignore_errors=True)
        end_all(before)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run on one machine."""
    os.chdir(Path(__file__).resolve().parents[3])
    folder = tmp_path_factory.mktemp("alone") / "run"
    restock.run(SURGE, replications=SIZE, own_policies_only=True, out=folder, charts=False, keep_replications=False)
    return folder


def on(nodes: TwoNodes, folder: Path, progress: Any, **more: Any) -> restock.Result:
    return cluster.run(
        SURGE,
        address=nodes.address,
        shards=SHARDS,
        replications=SIZE,
        own_policies_only=True,
        out=folder,
        charts=False,
        progress=progress,
        **more,
    )


def test_a_node_that_is_killed_loses_nothing(two_nodes: TwoNodes, alone: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill(doing: str, done: int, of: int) -> None:
        if doing == "running shards" and done >= 2 and not killed:
            two_nodes.second.kill()
            killed.append(done)

    on(two_nodes, tmp_path / "run", kill)
    assert killed and killed[0] < SHARDS, "it was killed while shards were run"
    assert_same_folder(tmp_path / "run", alone)
    assert not (tmp_path / "run.parts").exists()


def test_a_worker_that_is_killed_loses_nothing(two_nodes: TwoNodes, alone: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill(doing: str, done: int, of: int) -> None:
        if doing == "running shards" and done >= 1 and not killed:
            workers = [pid for node in (two_nodes.head, two_nodes.second) for pid in descendants(node.process.pid)]
            for pid in workers:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if command.startswith(b"ray::shard"):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                    return

    on(two_nodes, tmp_path / "run", kill)
    assert killed, "a worker was killed while shards were run"
    assert_same_folder(tmp_path / "run", alone)


def test_a_lost_head_is_told_and_what_was_done_is_kept(two_nodes: TwoNodes, alone: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill(doing: str, done: int, of: int) -> None:
        if doing == "running shards" and done >= 3 and not killed:
            two_nodes.head.kill()
            killed.append(done)

    with pytest.raises(cluster.ClusterError) as raised:
        on(two_nodes, tmp_path / "run", kill)
    kept = len(list((tmp_path / "run.parts").glob("*.part")))
    assert killed and killed[0] <= kept < SHARDS
    assert "the connection to the cluster was lost" in str(raised.value)
    assert raised.value.remedy and f"{kept} of {SHARDS} shards are kept in" in raised.value.remedy
    assert not (tmp_path / "run").exists()

    # The same call goes on, here with a cluster of this machine alone.
    os.environ.pop("RAY_AUTH_TOKEN")
    heard: list[tuple[str, int, int]] = []
    cluster.run(
        SURGE,
        replications=SIZE,
        own_policies_only=True,
        out=tmp_path / "run",
        charts=False,
        progress=lambda *told: heard.append(told),
    )
    assert heard[0] == ("running shards", kept, SHARDS)
    assert_same_folder(tmp_path / "run", alone)


def test_the_command_runs_on_it(two_nodes: TwoNodes, alone: Path, tmp_path: Path, command: Path) -> None:
    arguments = [command, "run", SURGE, "-n", str(SIZE), "--own-policies-only", "--no-charts", "--out", tmp_path / "run"]
    asked = [*arguments, "--engine", "ray", "--address", two_nodes.address, "--shards", "6"]
    environment = {**os.environ, "RESTOCK_PYTHON": sys.executable}
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert_same_folder(tmp_path / "run", alone)
    assert not (tmp_path / "run.parts").exists()
    wrong = subprocess.run(asked, env={**environment, "RAY_AUTH_TOKEN": secrets.token_hex(32)}, capture_output=True, text=True, check=False)
    assert wrong.returncode == 4 and "RAY_AUTH_TOKEN" in wrong.stderr, wrong.stderr


def test_what_cannot_be_run_on_a_cluster_is_told(tmp_path: Path, command: Path) -> None:
    with pytest.raises(cluster.ClusterError, match="cannot be reached"):
        cluster.run(TABLE, address="127.0.0.1:1", own_policies_only=True)
    with pytest.raises(restock.UsageError, match="cannot be cut into shards"):
        cluster.run(TABLE, set={"monte-carlo.precision": {"kpi": "fill_rate", "half-width": 0.02}})
    environment = {**os.environ, "RESTOCK_PYTHON": "/nowhere/python"}
    asked = [command, "run", SURGE, "-n", "64", "--own-policies-only", "--engine", "ray", "--out", tmp_path / "run"]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 4 and "RESTOCK_PYTHON" in done.stderr


def test_histories_are_sent(tmp_path: Path) -> None:
    """A worker has no file of ours: what the scenario reads is sent."""
    lamp = tmp_path / "sales" / "lamp.csv"
    lamp.parent.mkdir()
    rows = "".join(f"2025-{1 + t // 28:02}-{1 + t % 28:02},{3 + t * 7 % 5}\n" for t in range(280))
    lamp.write_text("date,units\n" + rows)
    product = {"sku": "lamp", "price": 60, "unit-cost": 20, "demand": {"history": {"file": "sales/lamp.csv"}}}
    table = {**TABLE, "product": [product]}
    scenario = restock.Scenario(table, folder=tmp_path)
    shards = cluster.Shards(scenario, of=2, keep=tmp_path / "parts", own_policies_only=True)
    task = shards.task
    away = tmp_path / "away"
    away.mkdir()
    program = "import pickle, sys; task = pickle.load(sys.stdin.buffer); sys.stdout.buffer.write(pickle.dumps([task(i) for i in range(task.of)]))"
    import pickle

    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(task), cwd=away, capture_output=True, check=True)
    for index, part in enumerate(pickle.loads(done.stdout)):
        shards.keep(index, part)
    assert shards.missing == []
    shards.gather(out=tmp_path / "ours", charts=False)
    restock.run(scenario, own_policies_only=True, out=tmp_path / "alone", charts=False)
    assert_same_folder(tmp_path / "ours", tmp_path / "alone")


def test_parts_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    shards = cluster.Shards(TABLE, of=3, keep=tmp_path, own_policies_only=True)
    parts = [shards.task(index) for index in range(3)]
    for index in (0, 2):
        shards.keep(index, parts[index])
    assert shards.missing == [1]
    with pytest.raises(restock.RestockError, match="shard 1 of 3 missing"):
        shards.gather()
    # A part that was cut short is no part: it is not kept, and one that is there all the same is run again.
    with pytest.raises(restock.FileError, match="cut short or changed"):
        shards.keep(1, parts[1][:-7])
    (tmp_path / "1-of-3.part").write_bytes(parts[1][:-7])
    assert shards.missing == [1]
    with pytest.raises(restock.FileError, match="cut short or changed"):
        shards.gather()
    # Of another run.
    other = cluster.Shards(TABLE, of=3, keep=tmp_path, own_policies_only=True, seed=9)
    assert other.missing == [0, 1, 2]
    with pytest.raises(restock.UsageError, match="shard 1 of 3 of another run"):
        shards.keep(1, other.task(1))
    other.keep(1, other.task(1))
    with pytest.raises(restock.RestockError, match="not of one run"):
        shards.gather()
    shards.keep(1, parts[1])
    assert shards.gather().kpis.to_dict() == restock.run(TABLE, own_policies_only=True).kpis.to_dict()
    shards.clear()
    assert not tmp_path.exists()


def test_dask_does_as_well(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    example = Path("crates/python/examples/on_dask.py")
    subprocess.run([sys.executable, example, SURGE, tmp_path / "dask"], check=True, capture_output=True, timeout=240)
    restock.run(SURGE, own_policies_only=True, out=tmp_path / "alone", keep_replications=False)
    assert_same_folder(tmp_path / "dask", tmp_path / "alone")


def test_spark_does_as_well(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    example = Path("crates/python/examples/on_spark.py")
    subprocess.run([sys.executable, example, SURGE, tmp_path / "spark"], check=True, capture_output=True, timeout=240)
    restock.run(SURGE, own_policies_only=True, out=tmp_path / "alone", keep_replications=False)
    assert_same_folder(tmp_path / "spark", tmp_path / "alone")
