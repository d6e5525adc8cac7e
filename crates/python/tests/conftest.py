"""What tests share: the project's scenarios, and the command whose bytes the package must have."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = ROOT / "scenarios"

# Two products, one of which is called like a number, in two supply models.
TABLE = {
    "name": "Two ways to ship",
    "monte-carlo": {"replications": 130},
    "horizon": {"days": 60},
    "product": [
        {"sku": "123", "price": 60, "unit-cost": 14, "demand": {"mean-per-day": 20, "dispersion": 8}},
        {"sku": "tee", "price": 25, "unit-cost": 6, "demand": {"mean-per-day": 5}},
    ],
    "supply": [{"name": "Ocean", "preset": "ocean-3pl"}, {"name": "Direct", "preset": "direct"}],
}


@pytest.fixture(scope="session")
def command() -> Path:
    """The command `restock`: the one that RESTOCK_BIN names, or the one that was built last."""
    named = os.environ.get("RESTOCK_BIN")
    built = [ROOT / "target" / profile / "restock" for profile in ("release", "debug")]
    for path in [Path(named)] if named else built:
        if path.exists():
            return path
    if named:
        pytest.fail(f"RESTOCK_BIN={named} is not there")
    pytest.skip("the command is not built: `cargo build --release`")


@pytest.fixture(scope="session")
def restock_command(command: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command from the project's folder."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([command, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done

    return run


@pytest.fixture(autouse=True)
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are written as in the README: from the project's folder. A terminal of 100 columns, as the command takes where there is none."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda fallback=(100, 24): os.terminal_size((100, 24)))
