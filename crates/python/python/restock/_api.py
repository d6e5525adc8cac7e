"""What users call."""

from __future__ import annotations

import datetime
import difflib
import operator
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from . import _core
from ._errors import UsageError
from ._progress import Progress, told
from ._results import Answer, Backtest, Description, Forecast, Result, _width
from ._scenario import ScenarioLike, Set, core

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._reading import Reading

__all__ = ["SalesLike", "backtest", "describe", "forecast", "run", "solve", "sweep", "tornado"]


class Frame(Protocol):
    """A data frame of any library that speaks Arrow: polars, pandas, pyarrow, duckdb, and :class:`restock.Table`."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


#: Sales: the path of a CSV file, workbook or Parquet file, or a data frame.
SalesLike = str | os.PathLike[str] | Frame

# The largest whole number of a scenario, and the most threads that may be asked for, as of the command.
_MOST = 2**63 - 1
_THREADS = 1024


def now() -> str:
    """This moment, as manifests tell it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def whole(name: str, value: Any, low: int, high: int) -> int:
    """A whole number within a range; what is none is told by its name."""
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"`{name}` is {value!r}; it must be a whole number", code="usage") from None
    if not low <= number <= high:
        raise UsageError(f"`{name}` is {number}; it must be {low} to {high}", code="usage")
    return number


def maybe(name: str, value: Any, low: int, high: int) -> int | None:
    """The same, or nothing."""
    return None if value is None else whole(name, value, low, high)


def texts(name: str, given: Any) -> list[str]:
    """One text, several, or a dictionary of which each entry is `key=value`."""
    if given is None:
        return []
    if isinstance(given, str):
        return [given]
    if isinstance(given, Mapping):
        return [f"{key}={_core.literal(value, key, False)}" for key, value in given.items()]
    if isinstance(given, Iterable):
        return [str(text) for text in given]
    raise UsageError(f"`{name}` is {given!r}; give a text, or a list of texts", code="usage")


def run(
    scenario: ScenarioLike,
    *,
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
    threads: int = 0,
    progress: Progress = False,
) -> Result:
    """Simulates a scenario: every product in every supply model, on the same shoppers.

    Parameters
    ----------
    scenario
        Path of a scenario file, a dictionary with the same keys, or a :class:`Scenario`.
    set
        Values laid over it, by key: see :class:`Scenario`.
    seed, replications
        Instead of the scenario's.
    own_policies_only
        Compare the models at their own policies only, not on equal terms (own best, equal service, equal capital) as well, which takes several times as
        long.
    out
        A folder to write the run into while it goes on, as ``restock run`` does: tables, charts, page and workbook.
    force
        Overwrite files of the same names there that are not an earlier run's.
    charts
        Whether ``out`` has charts, page and workbook.
    keep_replications
        Keep the KPIs of every replication in memory: about 1.2 kB for each product, model and replication.
    allow_outside, strict
        See :class:`Scenario`.
    threads
        0 for one a core. Results are the same at any number.
    progress
        ``True`` for a bar (tqdm), or a function of three arguments: what is done, how much of it, of how much.

    Raises
    ------
    ScenarioError
        What is wrong with the scenario, all of it, with places and remedies.
    FileError
        A file cannot be read or written.

    Examples
    --------
    >>> result = restock.run("scenarios/spring-surge.toml", replications=200, own_policies_only=True)
    >>> result.kpis.to_polars().filter(kpi="backorder_rate")
    """
    asked = core(scenario, set, allow_outside, strict)
    folder = None if out is None else Path(out)
    with told(progress) as hear:
        found = _core.run(
            asked,
            maybe("seed", seed, 0, _MOST),
            maybe("replications", replications, 1, _MOST),
            own_policies_only,
            folder,
            force,
            charts,
            keep_replications,
            whole("threads", threads, 0, _THREADS),
            now(),
            hear,
        )
    return Result(found)


def _common(seed: int | None, replications: int | None, threads: int) -> dict[str, Any]:
    return {
        "seed": maybe("seed", seed, 0, _MOST),
        "replications": maybe("replications", replications, 1, _MOST),
        "threads": whole("threads", threads, 0, _THREADS),
        "width": _width(),
        "started": now(),
    }


def sweep(
    scenario: ScenarioLike,
    vary: Mapping[str, Any] | Iterable[str] | None = None,
    *,
    zip: bool = False,
    kpi: str | Iterable[str] | None = None,
    set: Set | None = None,
    seed: int | None = None,
    replications: int | None = None,
    allow_outside: bool = False,
    strict: bool = False,
    threads: int = 0,
    progress: Progress = False,
) -> Answer:
    """Lets keys of a scenario take other values, and compares the supply models in every cell.

    Parameters
    ----------
    vary
        Keys with the values that each takes: ``{"demand.mean-per-day": [20, 40, 80]}``, or as text a list or a range, ``{"demand.mean-per-day":
        "20:80:10"}``. Several keys are crossed. Without it, the scenario's own ``[sweep]``.
    zip
        Take the first values of all keys together, then the second ones, and so on, instead of each with each.
    kpi
        KPIs to look at, the one that decides first.
    replications
        Of each cell; without it those of the scenario, 1,000 at most.

    The other parameters are those of :func:`run`. The table ``sweep`` has a row for each cell, model and KPI.
    """
    if isinstance(vary, Mapping):
        varied = [f"{key}={_levels(key, values)}" for key, values in vary.items()]
    else:
        varied = texts("vary", vary)
    with told(progress) as hear:
        found = _core.sweep(
            core(scenario, set, allow_outside, strict), (varied, zip, texts("kpi", kpi)), _common(seed, replications, threads), hear
        )
    return Answer(found)


def _levels(key: str, values: Any) -> str:
    """Values as behind `--vary`: a text is a list or a range, and of any other list each is one value."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, str):
        return values
    if isinstance(values, Mapping) or not isinstance(values, Iterable):
        values = [values]
    return ",".join(_core.literal(value, key, True) for value in values)


def solve(
    scenario: ScenarioLike,
    *,
    target: str | Iterable[str] | None = None,
    maximise: str | None = None,
    minimise: str | None = None,
    vary: str | Iterable[str] | None = None,
    indifference: float | str | None = None,
    risk_tolerance: float | str | None = None,
    model: str | Iterable[str] | None = None,
    set: Set | None = None,
    seed: int | None = None,
    replications: int | None = None,
    allow_outside: bool = False,
    strict: bool = False,
    threads: int = 0,
    progress: Progress = False,
) -> Answer:
    """Finds the policy that reaches a target at least capital, or earns most, in units that a buyer can enter.

    Parameters
    ----------
    target
        What is to be reached: ``"fill_rate >= 97%"``, ``"ordinary fill_rate >= 97%"``, ``"P(fill_rate >= 95%) >= 90%"``; without it, and without an
        objective, the service that the scenario compares at.
    maximise, minimise
        An objective in place of a target: ``"residual_income"``, ``"64 x purchase_orders + mean_on_hand"``.
    vary
        What may be changed, and within which range: ``"stock"`` (the default), ``"reorder-point=0:200"``, ``"share=10%:90%:5%"``, or a key.
    indifference
        Values of the objective so near each other are equals, an amount.
    risk_tolerance
        Maximise the certainty equivalent of a decider with this tolerance (exponential utility), an amount.
    model
        Names of the supply models that are searched; without it, all.

    The other parameters are those of :func:`run`. The tables are ``solve`` (the solution of each model), ``levels`` (units) and
    ``next-orders`` (units, dates).
    """
    wanted = {
        "vary": texts("vary", vary),
        "target": texts("target", target),
        "maximise": maximise,
        "minimise": minimise,
        "indifference": None if indifference is None else str(indifference),
        "risk_tolerance": None if risk_tolerance is None else str(risk_tolerance),
        "model": texts("model", model),
    }
    with told(progress) as hear:
        found = _core.solve(core(scenario, set, allow_outside, strict), wanted, _common(seed, replications, threads), hear)
    return Answer(found)


def tornado(
    scenario: ScenarioLike,
    *,
    of: str | None = None,
    against: str | None = None,
    all_pairs: bool = False,
    kpi: str = "residual_income",
    only: str | Iterable[str] | None = None,
    range: str | Iterable[str] | None = None,
    sobol: bool = False,
    sobol_keys: int = 10,
    sobol_points: int = 256,
    sobol_replications: int = 64,
    map: Iterable[str] | None = None,
    set: Set | None = None,
    seed: int | None = None,
    replications: int | None = None,
    allow_outside: bool = False,
    strict: bool = False,
    threads: int = 0,
    progress: Progress = False,
) -> Answer:
    """Finds what a comparison hinges on: each assumption over its range, break-evens, Sobol's indices, maps.

    Parameters
    ----------
    of, against
        Supply models whose KPIs are compared; without them, the best and the first.
    all_pairs
        Compare every pair of supply models.
    kpi
        KPI whose difference is explained.
    only
        Vary only these: names of ``[ranges]``, or keys with ranges (``"finance.cost-of-capital=5%:30%"``).
    range
        Vary these between other values, besides the rest: ``KEY=LOW:HIGH``.
    sobol
        Sensitivity indices of the ``sobol_keys`` assumptions with the largest effects, from ``sobol_points`` points in each of two samples.
    map
        Two keys with steps, ``KEY=FROM:TO:STEP``, for a map of the difference.

    The other parameters are those of :func:`run`.
    """
    varied = {
        "of": of,
        "against": against,
        "all_pairs": all_pairs,
        "kpi": kpi,
        "only": texts("only", only),
        "range": texts("range", range),
        "sobol": sobol,
        "sobol_keys": whole("sobol_keys", sobol_keys, 1, 65_535),
        "sobol_points": whole("sobol_points", sobol_points, 1, 2**31),
        "sobol_replications": whole("sobol_replications", sobol_replications, 1, 2**31),
        "map": texts("map", map),
    }
    with told(progress) as hear:
        found = _core.tornado(core(scenario, set, allow_outside, strict), varied, _common(seed, replications, threads), hear)
    return Answer(found)


def _sales(sales: SalesLike) -> Any:
    if isinstance(sales, (str, os.PathLike)):
        return Path(sales)
    # A column of pandas, with its dates beside it.
    if hasattr(sales, "to_frame") and not hasattr(sales, "columns"):
        sales = sales.to_frame(getattr(sales, "name", None) or "units")
    if hasattr(sales, "__arrow_c_stream__"):
        return sales
    kind = type(sales).__name__
    raise TypeError(f"sales are a path or a data frame that speaks Arrow (polars, pandas, pyarrow), not {kind}")


# How sales are read, by the names of a scenario's `history`.
_READING = (
    "item date units group price promotion in_stock on_hand hours largest_line discontinued order every unfinished where until start country events"
    " merge_case layout header_row sheet encoding decimal date_format date_order time_zone yearly_wave keep_suspected"
).split()


def _how(reading: Mapping[str, Any]) -> tuple[dict[str, Any], Path | None]:
    """How sales are read, and their file of events."""
    for name in reading:
        if name not in _READING:
            near = difflib.get_close_matches(name, _READING, 1)
            remedy = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(_READING)}"
            raise UsageError(f"`{name}` says nothing of how sales are read; {remedy}", code="usage", remedy=remedy)
    how = {key: value for key, value in reading.items() if value is not None and key != "events"}
    if "item" in how:
        how["sku"] = how.pop("item")
    for name in ("country", "where"):
        if isinstance(how.get(name), str):
            how[name] = [how[name]]
    for name in ("until", "start"):
        if isinstance(how.get(name), str):
            try:
                how[name] = datetime.date.fromisoformat(how[name])
            except ValueError:
                raise UsageError(f"`{name}` is {how[name]!r}; write the date as 2026-07-01", code="usage") from None
    keep = how.pop("keep_suspected", False)
    if not isinstance(keep, bool):
        raise UsageError(f"`keep_suspected` is {keep!r}; it is True or False", code="usage")
    if keep:
        how["suspected_stock_outs"] = "keep"
    events = reading.get("events")
    return how, None if events is None else Path(events)


def describe(sales: SalesLike, *, threads: int = 0, progress: Progress = False, **reading: Unpack[Reading]) -> Description:
    """Says what is in sales: gaps, classes of demand, spikes, suspected stock-outs.

    Parameters
    ----------
    sales
        Path of a CSV file, workbook or Parquet file, or a data frame: a row an item and period or a sale, or a wide table.
    **reading
        How the table is read: the names of columns, the length of a period, rows that count, and so on. See :class:`restock.Reading`. What is not
        said is found out.
    """
    how, events = _how(reading)
    with told(progress) as hear:
        return Description(_core.describe(_sales(sales), how, events, whole("threads", threads, 0, _THREADS), hear))


def forecast(
    sales: SalesLike,
    *,
    horizon: int | None = None,
    totals: Iterable[int] = (),
    method: str | None = None,
    paths: int = 1000,
    seed: int = 1,
    new: str | Iterable[str] | None = None,
    replaces: Mapping[str, str] | None = None,
    only: str | Iterable[str] | None = None,
    show: int = 8,
    keep_paths: bool = False,
    record: bool = True,
    threads: int = 0,
    progress: Progress = False,
    **reading: Unpack[Reading],
) -> Forecast:
    """Forecasts sales as sample paths: stock-outs and spikes are set apart before a method learns.

    Parameters
    ----------
    horizon
        Periods ahead; without it 28 days, 13 weeks, 6 months or 4 quarters.
    totals
        Totals of so many periods besides, such as lead times, in place of a horizon, which is the longest of them.
    method
        Name of the method; without it, a combination.
    paths
        Sample paths of an item, 20 to 100,000.
    new
        Items without sales, forecast by those like them: ``"Lamp,category=Lighting,price=39"``.
    replaces
        Items that took the place of others, whose sales they inherit: ``{"old": "new"}``.
    only, show
        Items that are charted: these, or so many of which most is expected.
    keep_paths
        Keep every path: 20 million rows at most.
    record
        Forecast the past, too, to say how good the method was.
    **reading
        How the table is read: see :class:`restock.Reading`.
    """
    how, events = _how(reading)
    asked = {
        "horizon": maybe("horizon", horizon, 1, 1000),
        "totals": [whole("totals", total, 1, 1000) for total in totals],
        "method": method,
        "paths": whole("paths", paths, 20, 100_000),
        "seed": whole("seed", seed, 0, _MOST),
        "new": texts("new", new),
        "replaces": [f"{old}={successor}" for old, successor in (replaces or {}).items()],
        "keep_paths": keep_paths,
        "record": record,
        "only": texts("only", only),
        "show": whole("show", show, 0, _MOST),
        "threads": whole("threads", threads, 0, _THREADS),
    }
    with told(progress) as hear:
        return Forecast(_core.forecast(_sales(sales), (how, events), asked, hear))


def backtest(
    sales: SalesLike,
    *,
    horizon: int | None = None,
    totals: Iterable[int] = (),
    origins: int = 4,
    paths: int = 500,
    seed: int = 1,
    method: str | Iterable[str] | None = None,
    mask_suspected: bool = False,
    threads: int = 0,
    progress: Progress = False,
    **reading: Unpack[Reading],
) -> Backtest:
    """Forecasts the past of sales and measures how good that was.

    Parameters
    ----------
    origins
        Points in the past from which to forecast, one horizon apart.
    method
        Names of the methods that are compared; without it, all.
    mask_suspected
        Take runs of zeros that chance does not explain for stock-outs.
    **reading
        How the table is read: see :class:`restock.Reading`.

    The other parameters are those of :func:`forecast`.
    """
    how, events = _how(reading)
    asked = {
        "horizon": maybe("horizon", horizon, 1, 400),
        "totals": [whole("totals", total, 1, 400) for total in totals],
        "origins": whole("origins", origins, 1, 100),
        "paths": whole("paths", paths, 20, 100_000),
        "seed": whole("seed", seed, 0, _MOST),
        "methods": texts("method", method),
        "mask_suspected": mask_suspected,
        "threads": whole("threads", threads, 0, _THREADS),
    }
    with told(progress) as hear:
        return Backtest(_core.backtest(_sales(sales), (how, events), asked, hear))
