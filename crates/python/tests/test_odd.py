"""What people hand over: odd cells, odd frames, odd numbers. Nothing is wrong in silence, and every refusal names its argument."""

from __future__ import annotations

import copy
import datetime
import pickle
from collections import ChainMap
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy
import pandas
import polars
import pytest
import restock
from conftest import TABLE
from restock import _core, cluster

DAYS = pandas.date_range("2025-01-01", periods=60)


def wide() -> pandas.DataFrame:
    return pandas.DataFrame({"date": DAYS, "A": range(1, 61), "B": [3, 1] * 30})


def test_an_index_of_rows_is_no_item() -> None:
    kept = wide()[wide().A > 2]
    assert restock.describe(kept).items["item"] == ["A", "B"]
    assert restock.describe(kept).items.to_dict() == restock.describe(kept.reset_index(drop=True)).items.to_dict()


def test_an_index_of_dates_is_the_date() -> None:
    frame = pandas.DataFrame({"units": range(1, 61)}, index=DAYS)
    found = restock.describe(frame).items
    assert found["units"] == [sum(range(1, 61))] and found["first"] == [datetime.date(2025, 1, 1)]
    # A column alone, with its dates.
    assert restock.describe(frame["units"]).items.to_dict() == found.to_dict()


def test_periods_and_nested_columns_are_refused() -> None:
    with pytest.raises(TypeError, match=r"`date` is of type pandas.period; .*to_timestamp"):
        restock.describe(wide().assign(date=DAYS.to_period("D")))
    with pytest.raises(TypeError, match="column `A` is of type LargeList"):
        restock.describe(polars.DataFrame({"date": [datetime.date(2025, 1, 1)], "A": [[1, 2]]}))
    with pytest.raises(TypeError, match="column `item` is of type"):
        restock.describe(polars.DataFrame({"date": [datetime.date(2025, 1, 1)], "item": [b"ab"], "units": [1]}))


def test_numbers_that_name_items_are_whole() -> None:
    frame = pandas.DataFrame({"date": list(DAYS) * 2, "sku": [1.0] * 60 + [2.0] * 60, "units": 3.0, "store": 1.0})
    assert restock.describe(frame, item="sku", where="store = 1").items["item"] == ["1", "2"]


def test_what_is_no_number_is_missing_in_every_frame() -> None:
    units = [float("nan") if t == 7 else 2.0 for t in range(60)]
    of_pandas = restock.describe(pandas.DataFrame({"date": DAYS, "units": units}))
    of_polars = restock.describe(polars.DataFrame({"date": DAYS.to_pydatetime().tolist(), "units": units}))
    assert of_pandas.items.to_dict() == of_polars.items.to_dict()
    assert of_pandas.items["units"] == [2.0 * 59]


def test_moments_know_their_time_zone(recwarn: pytest.WarningsRecorder) -> None:
    times = pandas.date_range("2025-01-01", periods=60, tz="Europe/London")
    restock.describe(pandas.DataFrame({"date": times, "units": 2}))
    assert not [w for w in recwarn.list if "time zone" in str(w.message)]


def test_messages_speak_of_keywords() -> None:
    with pytest.warns(restock.RestockWarning, match="name `units` if it is not one"):
        restock.describe(wide())
    with pytest.raises(restock.ScenarioError) as raised:
        restock.run(TABLE, set={"demnd.x": 3})
    assert raised.value.place == "set:1:1" and "--" not in str(raised.value).replace("-->", "")
    # A command as a whole is meant as it stands.
    with pytest.raises(restock.UsageError, match="`restock sweep scenario.toml --vary demand"):
        restock.sweep(TABLE)


def test_messages_speak_of_the_data_frame() -> None:
    with pytest.raises(restock.ScenarioError) as raised:
        restock.describe(polars.DataFrame({"a": [1], "b": [2]}))
    assert "the data frame" in str(raised.value) and "/tmp" not in str(raised.value)


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        ({"keep_suspected": "no"}, "`keep_suspected` is 'no'; it is True or False"),
        ({"sku": "A"}, "`sku` says nothing of how sales are read"),
        ({"file": "/etc/passwd"}, "`file` says nothing of how sales are read"),
        ({"in_stok": "A"}, "did you mean `in_stock`?"),
        ({"every": "fortnight"}, "`every` is"),
        ({"header_row": "x"}, "`header_row` is"),
        ({"until": "soon"}, "`until` is 'soon'; write the date as 2026-07-01"),
    ],
)
def test_how_sales_are_read_is_checked(reading: dict[str, Any], told: str) -> None:
    with pytest.raises(restock.UsageError) as raised:
        restock.describe(wide(), **reading)
    assert told in str(raised.value)


def test_days_may_be_texts() -> None:
    assert restock.describe(wide(), until="2025-01-20").items["periods"] == [20, 20]


def test_a_value_of_a_list_stays_one_value() -> None:
    swept = restock.sweep(TABLE, {"product.0.sku": ["a,b", "c:d"]}, kpi="fill_rate", replications=64)
    assert swept.tables["sweep"].to_polars()["cell"].n_unique() == 2
    swept = restock.sweep(TABLE, {"product.0.price": numpy.array([50, 60, 70])}, kpi="fill_rate", replications=64)
    assert swept.tables["sweep"].to_polars()["cell"].n_unique() == 3
    with pytest.raises(restock.UsageError, match="1000 at most are run"):
        restock.sweep(TABLE, {"product.0.price": range(1, 200_000)})


def test_values_of_other_libraries_are_what_they_are() -> None:
    scenario = restock.Scenario(TABLE)
    assert "overflow = false" in scenario.with_values({"supply.*.overflow": numpy.bool_(False)}).to_toml()
    with pytest.raises(restock.ScenarioError, match="price"):
        restock.Scenario(TABLE, set={"product.0.price": numpy.bool_(True)}).check()
    for date in (pandas.Timestamp("2027-01-04"), numpy.datetime64("2027-01-04"), datetime.date(2027, 1, 4)):
        assert "start = 2027-01-04" in scenario.with_values({"horizon.start": date}).to_toml()
    weekday = numpy.array([1, 1, 1, 1, 1, 2, 2])
    assert scenario.with_values({"product.0.demand.weekday": weekday}).check() is not None
    with pytest.raises(ValueError, match="`monte-carlo.seed` is larger than any number"):
        scenario.with_values({"monte-carlo.seed": numpy.uint64(2**63)})
    same = restock.Scenario(MappingProxyType({**TABLE, "horizon": ChainMap({"days": 60})}))
    assert same.to_toml() == scenario.to_toml()


def test_what_holds_itself_is_refused() -> None:
    table: dict[str, Any] = {}
    table["self"] = table
    rows: list[Any] = []
    rows.append(rows)
    for odd in (table, {"product": rows}):
        with pytest.raises(ValueError, match="does a dictionary or a list hold itself"):
            restock.Scenario(odd)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: restock.run(TABLE, seed=-1), "`seed` is -1; it must be 0 to"),
        (lambda: restock.run(TABLE, seed=2**63), "`seed` is 9223372036854775808; it must be 0 to"),
        (lambda: restock.run(TABLE, replications=7.5), "`replications` is 7.5; it must be a whole number"),
        (lambda: restock.run(TABLE, threads=3000), "`threads` is 3000; it must be 0 to 1024"),
        (lambda: restock.solve(TABLE, seed=-1), "`seed` is -1"),
        (lambda: restock.solve(TABLE, target=0.97), "`target` is 0.97; give a text"),
        (lambda: restock.tornado(TABLE, sobol_keys=-1), "`sobol_keys` is -1"),
        (lambda: restock.forecast(wide(), horizon=-1), "`horizon` is -1; it must be 1 to 1000"),
        (lambda: cluster.Shards(TABLE, of=0, keep="x"), "`of` is 0; it must be 1 to"),
        (lambda: cluster.Shards(TABLE, of=2, keep=""), "`keep` is empty"),
    ],
)
def test_numbers_are_told_by_their_names(ask: Any, told: str) -> None:
    with pytest.raises(restock.UsageError) as raised:
        ask()
    assert told in str(raised.value)


def test_names_keep_their_form() -> None:
    products = [{**TABLE["product"][1], "sku": name} for name in ("true", "2026-01-01", "nan", "007", "1e3")]  # type: ignore[index]
    ran = restock.run({**TABLE, "product": products}, replications=64, own_policies_only=True)
    assert ran.products == ["true", "2026-01-01", "nan", "007", "1e3"]
    for table in (ran.kpis, ran.replications_table, ran.daily, ran.differences, ran.tables["events"]):
        names = set(table["product"]) - {"all products"} if len(table) else set(ran.products)
        assert names == set(ran.products)


def test_a_table_is_a_list_of_columns() -> None:
    table = restock.describe(wide()).spikes
    assert "item" in table and "nothing" not in table and list(table) == table.columns
    assert table.to_polars()["date"].dtype == polars.Date, "though no spike may be there"
    daily = restock.run(TABLE, replications=64, own_policies_only=True).daily.to_pandas()
    assert daily["date"].dtype.kind == "M"


def test_scenarios_go_to_other_processes() -> None:
    for scenario in (restock.Scenario(TABLE, set={"product.0.price": 61}), restock.Scenario("scenarios/spring-surge.toml")):
        again = pickle.loads(pickle.dumps(scenario))
        assert again.to_toml() == scenario.to_toml() == copy.deepcopy(scenario).to_toml()
    with pytest.raises(ValueError, match="from_toml"):
        restock.Scenario(restock.Scenario(TABLE).to_toml())


def test_charts_of_two_alike_products_and_of_a_careful_decider_are_drawn(tmp_path: Path) -> None:
    products = [{**TABLE["product"][1], "sku": name} for name in ("a", "b")]  # type: ignore[index]
    ran = restock.run({**TABLE, "product": products}, replications=64, own_policies_only=True)
    assert "moves" in ran.charts and "<html" in ran.to_html()
    alike = [{"name": name, "preset": "ocean-3pl"} for name in ("Ocean", "Sea")]
    same = restock.run({**TABLE, "product": products, "supply": alike}, replications=64, own_policies_only=True)
    assert same.charts["moves"].title == "No move from Ocean is shown to earn more"
    with pytest.raises(KeyError, match="there is no chart 'fill-rate'; there are"):
        ran.charts["fill-rate"]
    for name, chart in ran.charts.items():
        assert chart.save(tmp_path / "deck" / f"{name}.svg").exists()
    solved = restock.solve(TABLE, maximise="residual_income", risk_tolerance=500, replications=64)
    assert "certainty equivalent" in solved.verdict


def test_parts_are_those_of_their_shards(tmp_path: Path) -> None:
    shards = cluster.Shards(TABLE, of=3, keep=tmp_path / "parts", own_policies_only=True)
    task = shards.task
    with pytest.raises(restock.UsageError, match="`index` is 99; it must be 0 to 2"):
        task(99)
    with pytest.raises(restock.UsageError, match="the part of shard 0 of 3, not of shard 1 of 3"):
        shards.keep(1, task(0))
    with pytest.raises(TypeError):
        shards.keep(0, "text")  # type: ignore[arg-type]
    assert list((tmp_path / "parts").iterdir()) == [], "nothing is left behind"
    forged = cluster.Task(task.recipe + b" ", (("../evil", b"x"),), 3)
    with pytest.raises(restock.RestockError, match="lies outside the folder of a worker"):
        forged(0)
    assert _core.version() == restock.__version__
