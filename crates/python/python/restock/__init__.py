"""Restock compares supply models by Monte Carlo simulation, and forecasts the demand behind them.

A brand sells goods that are bought in bulk months ahead and cross the sea, or are shipped by the manufacturer, or both. :func:`run` runs the demand of a
scenario through each of these supply models and says what they do to backorders, cancellations, capital and income, each with its uncertainty. Questions
about a scenario are :func:`sweep`, :func:`solve` and :func:`tornado`; sales are looked at by :func:`describe`, :func:`forecast` and :func:`backtest`.

Results are those of the command ``restock``, byte for byte. Work is done on all cores, without the interpreter's lock; Ctrl-C stops it.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from . import _core
from ._errors import Cancelled, FileError, RestockError, RestockWarning, ScenarioError, UsageError
from ._progress import Progress, told
from ._results import Answer, Backtest, Description, Forecast, Result, _width
from ._scenario import Scenario, ScenarioLike, Set, core
from ._table import Chart, Table

if TYPE_CHECKING:
    from . import cluster as cluster

__all__ = [
    "Answer",
    "Backtest",
    "Cancelled",
    "Chart",
    "Description",
    "FileError",
    "Forecast",
    "RestockError",
    "RestockWarning",
    "Result",
    "Scenario",
    "ScenarioError",
    "Table",
    "UsageError",
    "__version__",
    "backtest",
    "cluster",
    "describe",
    "forecast",
    "run",
    "solve",
    "sweep",
    "tornado",
]

__version__ = _core.version()


class Frame(Protocol):
    """A data frame of any library that speaks Arrow: polars, pandas, pyarrow, duckdb, and :class:`Table`."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


#: Sales: the path of a CSV file, workbook or Parquet file, or a data frame.
SalesLike = str | os.PathLike[str] | Frame


def __getattr__(name: str) -> Any:
    # Loaded when it is used, as few use it.
    if name == "cluster":
        import importlib

        return importlib.import_module(".cluster", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def _texts(texts: str | Iterable[str] | None) -> list[str]:
    if texts is None:
        return []
    return [texts] if isinstance(texts, str) else [str(text) for text in texts]


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
            seed,
            replications,
            own_policies_only,
            folder,
            force,
            charts,
            keep_replications,
            threads,
            _now(),
            hear,
        )
    return Result(found)


def _common(seed: int | None, replications: int | None, threads: int) -> dict[str, Any]:
    return {"seed": seed, "replications": replications, "threads": threads, "width": _width(), "started": _now()}


def sweep(
    scenario: ScenarioLike,
    vary: Mapping[str, Any] | Iterable[str] | None = None,
    *,
    zip: bool = False,
    kpi: str | Iterable[str] | None = None,
    set: Set | None = None,
    seed: int | None = None,
    replications: int | None = None,
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
    varied = [f"{key}={_levels(values)}" for key, values in vary.items()] if isinstance(vary, Mapping) else _texts(vary)
    with told(progress) as hear:
        found = _core.sweep(
            core(scenario, set, False, False), (varied, zip, _texts(kpi)), _common(seed, replications, threads), hear
        )
    return Answer(found)


def _levels(values: Any) -> str:
    """Values as behind ``--vary``."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        values = [values]
    return ",".join(_core.literal(value, "vary") for value in values)


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

    The other parameters are those of :func:`run`. The tables are ``solve`` (what was tried), ``levels`` (units) and
    ``next-orders`` (units, dates).
    """
    wanted = {
        "vary": _texts(vary),
        "target": _texts(target),
        "maximise": maximise,
        "minimise": minimise,
        "indifference": None if indifference is None else str(indifference),
        "risk_tolerance": None if risk_tolerance is None else str(risk_tolerance),
        "model": _texts(model),
    }
    with told(progress) as hear:
        found = _core.solve(core(scenario, set, False, False), wanted, _common(seed, replications, threads), hear)
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
        "only": _texts(only),
        "range": _texts(range),
        "sobol": sobol,
        "sobol_keys": sobol_keys,
        "sobol_points": sobol_points,
        "sobol_replications": sobol_replications,
        "map": _texts(map),
    }
    with told(progress) as hear:
        found = _core.tornado(core(scenario, set, False, False), varied, _common(seed, replications, threads), hear)
    return Answer(found)


def _sales(sales: SalesLike) -> Any:
    if hasattr(sales, "__arrow_c_stream__"):
        return sales
    if isinstance(sales, (str, os.PathLike)):
        return Path(sales)
    kind = type(sales).__name__
    raise TypeError(f"sales are a path or a data frame that speaks Arrow (polars, pandas, pyarrow), not {kind}")


def _how(reading: Mapping[str, Any]) -> tuple[dict[str, Any], Path | None]:
    """How sales are read, and their file of events."""
    how = {key: value for key, value in reading.items() if value is not None and key != "events"}
    if "item" in how:
        how["sku"] = how.pop("item")
    if isinstance(how.get("country"), str):
        how["country"] = [how["country"]]
    if isinstance(how.get("where"), str):
        how["where"] = [how["where"]]
    if how.pop("keep_suspected", False):
        how["suspected_stock_outs"] = "keep"
    events = reading.get("events")
    return how, None if events is None else Path(events)


def describe(sales: SalesLike, *, threads: int = 0, progress: Progress = False, **reading: Any) -> Description:
    """Says what is in sales: gaps, classes of demand, spikes, suspected stock-outs.

    Parameters
    ----------
    sales
        Path of a CSV file, workbook or Parquet file, or a data frame: a row an item and period or a sale, or a wide table.
    **reading
        How the table is read, with the words of a scenario's ``history``: the columns ``item``, ``date``, ``units``, ``group``, ``price``,
        ``promotion``, ``in_stock``, ``on_hand``, ``hours``, ``largest_line``, ``discontinued``, ``order``; ``every`` (``"day"``, ``"week"``, ``"month"``,
        ``"quarter"``), ``unfinished``, ``where`` (conditions), ``until`` and ``start`` (dates), ``country``, ``events`` (a file), ``merge_case``,
        ``layout``, ``header_row``, ``sheet``, ``encoding``, ``decimal``, ``date_format``, ``date_order``, ``time_zone``, ``yearly_wave``,
        ``keep_suspected``. What is not said is found out.
    """
    how, events = _how(reading)
    with told(progress) as hear:
        return Description(_core.describe(_sales(sales), how, events, threads, hear))


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
    **reading: Any,
) -> Forecast:
    """Forecasts sales as sample paths: stock-outs and spikes are set apart before a method learns.

    Parameters
    ----------
    horizon
        Periods ahead; without it 28 days, 13 weeks, 6 months or 4 quarters.
    totals
        Totals of so many periods besides, such as lead times: the horizon is the longest.
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
        How the table is read: see :func:`describe`.
    """
    how, events = _how(reading)
    asked = {
        "horizon": horizon,
        "totals": list(totals),
        "method": method,
        "paths": paths,
        "seed": seed,
        "new": _texts(new),
        "replaces": [f"{old}={successor}" for old, successor in (replaces or {}).items()],
        "keep_paths": keep_paths,
        "record": record,
        "only": _texts(only),
        "show": show,
        "threads": threads,
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
    **reading: Any,
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
        How the table is read: see :func:`describe`.

    The other parameters are those of :func:`forecast`.
    """
    how, events = _how(reading)
    asked = {
        "horizon": horizon,
        "totals": list(totals),
        "origins": origins,
        "paths": paths,
        "seed": seed,
        "methods": _texts(method),
        "mask_suspected": mask_suspected,
        "threads": threads,
    }
    with told(progress) as hear:
        return Backtest(_core.backtest(_sales(sales), (how, events), asked, hear))
