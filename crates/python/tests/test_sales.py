"""What is made of sales is what the command makes of the same file, or of a data frame with the same rows."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest
import restock

HISTORY = "scenarios/history/online-retail-85123A.csv"


def two_items() -> polars.DataFrame:
    """A year and more of two items: 2 to 4 lamps a day, 10 desks on Mondays."""
    days = [datetime.date(2025, 1, 6) + datetime.timedelta(days=t) for t in range(420)]
    lamps = polars.DataFrame({"date": days, "item": "Lamp", "units": [[2, 4, 3][t % 3] for t in range(420)]})
    desks = polars.DataFrame({"date": days, "item": 'Desk, "oak"', "units": [10 if d.weekday() == 0 else 0 for d in days]})
    return polars.concat([lamps, desks])


def test_a_forecast_is_that_of_the_command(restock_command: Any, tmp_path: Path) -> None:
    done = restock_command("forecast", HISTORY, "--paths", 60, "--totals", "14,30", "--save-paths", "--out", tmp_path / "command")
    ours = restock.forecast(HISTORY, paths=60, totals=[14, 30], keep_paths=True)
    theirs = polars.read_csv(tmp_path / "command/forecast.csv", try_parse_dates=True)
    assert ours.periods.to_polars().columns == theirs.columns
    assert ours.periods.to_polars()["mean"].to_list() == theirs["mean"].to_list()
    assert ours.paths.to_polars().equals(polars.read_parquet(tmp_path / "command/paths.parquet"))
    assert ours.lead_times is not None and len(ours.lead_times) == 4
    # The times at the foot of the command's text are told apart.
    assert ours.to_text(100).split() == done.stdout.split()
    assert ours.record is not None and ours.record["origins"] > 0
    assert next(iter(ours.charts.values())).svg.startswith("<svg")
    assert "history" in ours.scenario


def test_a_data_frame_is_a_file(tmp_path: Path) -> None:
    frame = two_items()
    frame.write_csv(tmp_path / "two.csv")
    of_file = restock.forecast(tmp_path / "two.csv", paths=40, horizon=7, record=False)
    for sales in (frame, frame.to_arrow(), pandas.DataFrame(frame.to_dicts())):
        of_frame = restock.forecast(sales, paths=40, horizon=7, record=False)
        assert of_frame.periods.to_dict() == of_file.periods.to_dict()
    assert set(of_file.periods["item"]) == {"Lamp", 'Desk, "oak"'}


def test_a_description_is_that_of_the_command(restock_command: Any) -> None:
    done = restock_command("describe", HISTORY)
    ours = restock.describe(HISTORY)
    assert ours.to_text(100) == done.stdout
    items = ours.items.to_polars()
    assert items.shape[0] == 1 and items["units"].item() > 0 and items["abc"].item() == "A"
    assert len(ours.spikes) > 0 and "<html" in ours.to_html()
    assert restock.describe(two_items()).items.to_polars()["xyz"].to_list() == ["X", "X"]


def test_a_backtest_is_that_of_the_command(restock_command: Any, tmp_path: Path) -> None:
    done = restock_command("backtest", HISTORY, "--origins", 2, "--paths", 40, "--scores", tmp_path / "scores.csv")
    ours = restock.backtest(HISTORY, origins=2, paths=40)
    theirs = polars.read_csv(tmp_path / "scores.csv")
    assert ours.scores.to_polars()["crps"].to_list() == theirs["crps"].to_list()
    assert ours.to_text(100) == done.stdout
    assert len(ours.charts) > 0 and len(ours.methods) > 2


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: restock.forecast(HISTORY, method="guess"), "there is no method `guess`"),
        (lambda: restock.forecast(HISTORY, horizon=0), "`horizon` is 0; it must be 1 to 1000"),
        (lambda: restock.forecast(HISTORY, horizon=7, totals=[3]), "exclude one another"),
        (lambda: restock.forecast(HISTORY, paths=3), "`paths` is 3"),
        (lambda: restock.forecast(HISTORY, only="Lamp"), "the file has no such item"),
        (lambda: restock.forecast(HISTORY, country="XX"), "the holidays of `XX` are not known"),
        (lambda: restock.forecast(HISTORY, evry="day"), "evry"),
        (lambda: restock.backtest(HISTORY, origins=0), "`origins` is 0"),
    ],
)
def test_what_makes_no_sense_is_told(ask: Any, told: str) -> None:
    with pytest.raises(restock.UsageError) as raised:
        ask()
    assert told in str(raised.value)


def test_sales_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    with pytest.raises(restock.ScenarioError) as raised:
        restock.forecast(tmp_path / "bad.csv")
    assert raised.value.problems and raised.value.remedy
    with pytest.raises(TypeError, match="a path or a data frame that speaks Arrow"):
        restock.forecast([1, 2, 3])  # type: ignore[arg-type]
    with pytest.raises(restock.FileError, match="nowhere.csv"):
        restock.describe(os.path.join(tmp_path, "nowhere.csv"))
