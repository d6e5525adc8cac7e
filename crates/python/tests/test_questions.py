"""Answers are those of the command, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import restock
from conftest import TABLE
from same import assert_same_folder

BULKY = "scenarios/bulky-steady.toml"


def test_a_sweep_is_that_of_the_command(restock_command: Any, tmp_path: Path) -> None:
    vary = ["--vary", "demand.mean-per-day=20,40", "--vary", "finance.cost-of-capital=5%:15%:10%", "--kpi", "residual_income,fill_rate"]
    done = restock_command("sweep", BULKY, "-n", 64, *vary, "--out", tmp_path / "command")
    ours = restock.sweep(
        BULKY,
        {"demand.mean-per-day": [20, 40], "finance.cost-of-capital": "5%:15%:10%"},
        kpi=["residual_income", "fill_rate"],
        replications=64,
    )
    ours.save(tmp_path / "ours")
    assert_same_folder(tmp_path / "ours", tmp_path / "command")
    assert ours.json == json.loads((tmp_path / "command/answer.json").read_text())
    assert ours.to_text().strip() == done.stdout.strip()
    cells = ours.tables["sweep"].to_polars()
    assert cells["cell"].n_unique() == 4 and ours.verdict


def test_a_solution_is_that_of_the_command(restock_command: Any, tmp_path: Path) -> None:
    restock_command("solve", BULKY, "-n", 64, "--target", "fill_rate >= 95%", "--out", tmp_path / "command")
    ours = restock.solve(BULKY, target="fill_rate >= 95%", replications=64)
    ours.save(tmp_path / "ours")
    assert_same_folder(tmp_path / "ours", tmp_path / "command")
    assert set(ours.tables) == {"solve", "levels", "next-orders"}


def test_a_tornado_is_that_of_the_command(restock_command: Any, tmp_path: Path) -> None:
    only = ["--only", "finance.cost-of-capital=5%:30%"]
    restock_command("tornado", BULKY, "-n", 64, *only, "--out", tmp_path / "command")
    ours = restock.tornado(BULKY, only="finance.cost-of-capital=5%:30%", replications=64)
    ours.save(tmp_path / "ours")
    assert_same_folder(tmp_path / "ours", tmp_path / "command")
    assert "<img" in ours._repr_html_()


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: restock.sweep(TABLE), "nothing is varied"),
        (lambda: restock.sweep(TABLE, ["demand.mean-per-day"]), "demand.mean-per-day"),
        (lambda: restock.sweep(TABLE, {"finance.cost-of-capital": [0.1]}, kpi="fil_rate"), "did you mean `fill_rate`"),
        (lambda: restock.solve(TABLE, target="fill_rate >= 95%", maximise="residual_income"), "exclude one another"),
        (lambda: restock.solve(TABLE, target="fil_rate >= 95%"), "`target`: `fil_rate >= 95%`"),
        (lambda: restock.solve(TABLE, model="Sea"), "there is no supply model `Sea`"),
        (lambda: restock.tornado(TABLE, kpi="nothing"), "no KPI is called `nothing`"),
        (lambda: restock.tornado(TABLE, sobol_points=3, sobol=True), "`sobol_points` is 3; it must be 32 to"),
        (lambda: restock.tornado(TABLE, of="Ocean", all_pairs=True), "`all_pairs` goes with no `of`"),
    ],
)
def test_what_makes_no_sense_is_told(ask: Any, told: str) -> None:
    with pytest.raises(restock.UsageError) as raised:
        ask()
    assert told in str(raised.value)


def test_cells_that_cannot_be_run_are_told() -> None:
    with pytest.raises(restock.RestockError) as raised:
        restock.sweep(TABLE, {"finance.cost-of-capital": ["10%", "-3"]})
    assert raised.value.problems and "cell 2 of 2" in str(raised.value)
