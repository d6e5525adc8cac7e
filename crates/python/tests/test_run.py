"""A run is that of the command, byte for byte, and its tables are what every data frame reads."""

from __future__ import annotations

import datetime
import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pandas
import polars
import pyarrow
import pytest
import restock
from conftest import TABLE
from same import assert_same_folder

SURGE = "scenarios/spring-surge.toml"


@pytest.fixture(scope="module")
def found() -> restock.Result:
    return restock.run(TABLE, own_policies_only=True)


def test_a_run_folder_has_the_bytes_of_the_command(restock_command: Any, tmp_path: Path) -> None:
    restock_command("run", SURGE, "-n", 70, "--own-policies-only", "--quiet", "--out", tmp_path / "command")
    written = restock.run(SURGE, replications=70, own_policies_only=True, out=tmp_path / "out")
    assert written.folder == tmp_path / "out"
    assert_same_folder(tmp_path / "out", tmp_path / "command")
    # What is kept in memory is written the same.
    assert written.save(tmp_path / "saved") == tmp_path / "saved"
    assert_same_folder(tmp_path / "saved", tmp_path / "command")
    assert written.summary == json.loads((tmp_path / "command/summary.json").read_text())
    assert written.to_html().encode() == (tmp_path / "command/report.html").read_bytes()
    assert written.to_xlsx() == (tmp_path / "command/finance.xlsx").read_bytes()


def test_values_are_laid_over_as_by_the_command(restock_command: Any, tmp_path: Path) -> None:
    key = 'supply."Ocean freight + 3PL".location."US 3PL".minimum-order'
    command = ["run", SURGE, "-n", 64, "--own-policies-only", "--quiet", "--no-charts", "--out", tmp_path / "command"]
    restock_command(*command, "--set", f"{key}=900", "--set", "finance.cost-of-capital=20%")
    set = {key: 900, "finance.cost-of-capital": "20%"}
    ours = restock.run(SURGE, set=set, replications=64, own_policies_only=True, out=tmp_path / "ours", charts=False)
    assert_same_folder(tmp_path / "ours", tmp_path / "command")
    assert [row["estimate"] for row in ours.kpis.rows()] != []


def test_equal_terms_are_those_of_the_command(restock_command: Any, tmp_path: Path) -> None:
    restock_command("run", SURGE, "-n", 64, "--quiet", "--no-charts", "--out", tmp_path / "command")
    restock.run(SURGE, replications=64, out=tmp_path / "ours", charts=False)
    assert_same_folder(tmp_path / "ours", tmp_path / "command")


def test_threads_change_no_byte(tmp_path: Path) -> None:
    for threads in (1, 3):
        restock.run(TABLE, own_policies_only=True, threads=threads, out=tmp_path / str(threads), charts=False)
    assert_same_folder(tmp_path / "1", tmp_path / "3")


def test_a_dictionary_is_the_file_that_says_the_same(tmp_path: Path, found: restock.Result) -> None:
    text = restock.Scenario(TABLE).to_toml()
    (tmp_path / "same.toml").write_text(text)
    of_file = restock.run(tmp_path / "same.toml", own_policies_only=True)
    assert of_file.kpis.to_dict() == found.kpis.to_dict()
    dated = restock.Scenario({**TABLE, "horizon": {"days": 60, "start": datetime.date(2026, 3, 2)}})
    assert "2026-03-02" in dated.to_toml()
    assert restock.Scenario.from_toml(text).check() == []


def test_tables_are_what_every_data_frame_reads(found: restock.Result) -> None:
    table = found.kpis
    of_polars, of_pandas, of_arrow = table.to_polars(), table.to_pandas(), table.to_arrow()
    assert isinstance(of_polars, polars.DataFrame)
    assert isinstance(of_pandas, pandas.DataFrame)
    assert isinstance(of_arrow, pyarrow.Table)
    assert of_polars.shape == of_pandas.shape == of_arrow.shape == table.shape
    assert of_polars["estimate"].to_list() == of_arrow["estimate"].to_pylist() == table["estimate"]
    # A product is called as it is called, though it looks like a number.
    assert of_polars["product"].dtype == polars.String
    assert set(of_polars["product"]) == {"all products", "123", "tee"}
    assert of_polars["replications"].dtype == polars.UInt32
    assert found.daily.to_polars()["date"].dtype == polars.Date
    assert isinstance(found.daily["date"][0], datetime.date)
    assert pyarrow.table(found.differences)["difference"].type == pyarrow.float64()
    with pytest.raises(KeyError, match="there is no column 'nothing'; there are product"):
        table["nothing"]


def test_every_replication_is_a_row(found: restock.Result) -> None:
    rows = found.replications_table.to_polars()
    assert rows.shape[0] == 130 * 2 * 2
    mean = rows.filter(product="tee", model="Ocean")["mean_on_hand"].mean()
    kpis = found.kpis.to_polars()
    assert mean == pytest.approx(kpis.filter(product="tee", model="Ocean", kpi="mean_on_hand")["estimate"].item(), rel=1e-12)
    without = restock.run(TABLE, own_policies_only=True, keep_replications=False, replications=64)
    assert "replications" not in without.tables
    with pytest.raises(LookupError, match="keep_replications=True"):
        without.replications_table
    with pytest.raises(LookupError, match="keep_replications=True"):
        without.save("output/never")


def test_a_notebook_shows_it(found: restock.Result) -> None:
    page = found._repr_html_()
    assert "<pre>" in page and page.count("<img") == 2
    chart = next(iter(found.charts.values()))
    assert chart.svg.startswith("<svg") and chart.png.startswith(b"\x89PNG")
    assert chart.data.shape[0] > 0 and chart.alt and chart.title
    assert "rows, of which 10 are shown" in found.kpis._repr_html_()
    assert str(found).startswith("Two ways to ship")
    assert found.verdict and found.verdict.endswith(".")


def test_charts_are_saved_by_their_ending(found: restock.Result, tmp_path: Path) -> None:
    chart = found.charts["backorder-rate"]
    assert chart.save(tmp_path / "a.svg").read_text() == chart.svg
    assert chart.save(tmp_path / "a.png").read_bytes() == chart.png
    with pytest.raises(ValueError, match="saved as .svg or .png"):
        chart.save(tmp_path / "a.jpg")


def test_errors_carry_place_and_remedy() -> None:
    with pytest.raises(restock.ScenarioError) as raised:
        restock.run({**TABLE, "demnd": {}, "horizon": {"days": -3}})
    error = raised.value
    assert error.code.startswith("E") and error.place and error.place.startswith("scenario.toml:")
    assert error.remedy and len(error.problems) == 2
    assert {problem["severity"] for problem in error.problems} == {"error"}
    assert "demnd" in str(error) and "-3" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.code, again.problems) == (str(error), error.code, error.problems)
    with pytest.raises(restock.FileError) as unread:
        restock.run(TABLE, own_policies_only=True, replications=64, out="Cargo.toml")
    assert "there is a file of that name" in str(unread.value) and unread.value.code == "write"
    assert isinstance(unread.value, OSError) and isinstance(error, ValueError)
    with pytest.raises(restock.FileError, match="nowhere.toml"):
        restock.run("nowhere.toml")


def test_what_is_no_scenario_is_told() -> None:
    with pytest.raises(TypeError, match="a path, a dictionary or a restock.Scenario, not int"):
        restock.run(7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"`product.0.price` is of type"):
        restock.run({"product": [{"price": object()}]})
    with pytest.raises(TypeError, match="give a dictionary, or a list of texts"):
        restock.run(TABLE, set="demand.mean-per-day=3")
    with pytest.raises(TypeError, match="`demand.mean-per-day` is None"):
        restock.run(TABLE, set={"demand.mean-per-day": None})
    with pytest.raises(TypeError, match="give True, False, or a function"):
        restock.run(TABLE, progress=3)  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers(found: restock.Result) -> None:
    import numpy

    product = {**TABLE["product"][1], "price": numpy.float64(25), "unit-cost": numpy.int64(6)}  # type: ignore[index]
    same = restock.run({**TABLE, "product": [TABLE["product"][0], product]}, own_policies_only=True)  # type: ignore[index]
    assert same.kpis.to_dict() == found.kpis.to_dict()


def test_warnings_are_pythons(tmp_path: Path) -> None:
    # A catalogue with a row that cannot be used.
    (tmp_path / "rows.csv").write_text("sku,price,unit-cost,mean-per-day\nmug,20,4,8\nlamp,abc,20,3\n")
    table = {**TABLE, "catalogue": {"file": "rows.csv"}}
    del table["product"]
    with pytest.warns(restock.RestockWarning, match="row 3 of `rows.csv` is left out"):
        ran = restock.run(restock.Scenario(table, folder=tmp_path), own_policies_only=True, replications=64)
    assert ran.products == ["mug"]
    with pytest.raises(restock.ScenarioError, match="`abc` in column `price` is no number"):
        restock.run(restock.Scenario(table, folder=tmp_path, strict=True), own_policies_only=True)


def test_progress_is_told_and_may_stop() -> None:
    heard: list[tuple[str, int, int]] = []
    restock.run(SURGE, replications=300, own_policies_only=True, progress=lambda *told: heard.append(told))
    assert heard and heard[-1][0] == "simulating" and heard[-1][1] == heard[-1][2] == 300

    class Enough(Exception):
        pass

    def stop(*_: object) -> None:
        raise Enough

    with pytest.raises(Enough):
        restock.run(SURGE, replications=5000, own_policies_only=True, progress=stop)


def test_the_interpreter_goes_on() -> None:
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.002)

    thread = threading.Thread(target=tick)
    thread.start()
    restock.run(SURGE, replications=400, own_policies_only=True, threads=1)
    done.set()
    thread.join()
    assert ticks > 20


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_ctrl_c_stops_it(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import restock
        print("begun", flush=True)
        restock.run({SURGE!r}, replications=1_000_000, own_policies_only=True, keep_replications=False, out={str(tmp_path / "out")!r})
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        time.sleep(1.0)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert not (tmp_path / "out").exists()
