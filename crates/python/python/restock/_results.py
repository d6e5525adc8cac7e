"""What runs, questions and forecasts find."""

from __future__ import annotations

import html
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from . import _core
from ._progress import Progress, told
from ._table import Chart, Table

__all__ = ["Answer", "Backtest", "Description", "Forecast", "Result"]

T = TypeVar("T")


def _width() -> int:
    """Columns of the terminal, as the command takes them."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, 60), 160)


class _Named(Mapping[str, T]):
    """Things by their names, each made when it is asked for."""

    def __init__(self, what: str, names: list[str], make: Callable[[str], T]) -> None:
        self._what, self._names, self._make = what, names, make

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(f"there is no {self._what} {name!r}; there are {', '.join(self._names) or 'none'}")
        return self._make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{self._what}s: {', '.join(self._names) or 'none'}>"


class Charts(dict[str, Chart]):
    """Charts by their names, which a notebook shows one below the other."""

    def __missing__(self, name: str) -> Chart:
        raise KeyError(f"there is no chart {name!r}; there are {', '.join(self) or 'none'}")

    def _repr_html_(self) -> str:
        return "".join(chart._repr_html_() for chart in self.values())


def _by_name(charts: list[tuple[str, _core.Chart]]) -> Charts:
    return Charts((name, Chart(chart)) for name, chart in charts)


class _Shown:
    """Shows itself: a text in a terminal, a page in a notebook."""

    def to_text(self, width: int | None = None) -> str:
        """What the command shows, in so many columns (those of the terminal)."""
        raise NotImplementedError

    @property
    def charts(self) -> Charts:
        """The charts, by name."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        pictures = "".join(chart._repr_html_() for chart in list(self.charts.values())[:2])
        return f"<pre>{html.escape(self.to_text(100))}</pre>{pictures}"


class Result(_Shown):
    """A run: what supply models do to one another's shoppers.

    Tables have a row a line of the file of that name in a run folder. Money is in :attr:`currency`, shares are from 0 to 1, times are in days.
    """

    def __init__(self, core: _core.Run) -> None:
        self._core = core

    @property
    def verdict(self) -> str | None:
        """What to do, by how much, and how sure it is: one sentence. ``None`` of a single supply model, or of one replication."""
        return self._core.verdict()

    @property
    def models(self) -> list[str]:
        """Names of the supply models, in the order of the scenario."""
        return self._core.models

    @property
    def products(self) -> list[str]:
        """SKUs of the products, in the order of the scenario."""
        return self._core.products

    @property
    def replications(self) -> int:
        """Replications that were run."""
        return self._core.replications

    @property
    def seed(self) -> int:
        """Seed of all random numbers."""
        return self._core.seed

    @property
    def currency(self) -> str:
        """Code of the currency of all amounts."""
        return self._core.currency

    @property
    def run_hash(self) -> str:
        """SHA-256 of all that decides the results."""
        return self._core.run_hash

    @property
    def folder(self) -> Path | None:
        """The run folder, if one was written."""
        return self._core.folder

    @property
    def precision_met(self) -> bool | None:
        """Whether the precision that the scenario asks for was reached; ``None`` if it asks for none."""
        return self._core.precision_met

    @property
    def kpis(self) -> Table:
        """A row for each product, model and KPI: ``estimate`` with its 95 % interval (``ci_low``, ``ci_high``) and percentiles of replications.

        Where there are several products, the product ``all products`` is all of them together.
        """
        return self._table("kpis")

    @property
    def differences(self) -> Table:
        """A row for each product, KPI and pair of models: ``difference`` of ``model`` against ``compared_with``, on the same shoppers.

        ``p_value`` is of the mean; ``probability_better`` is the share of replications in which ``model`` is better.
        """
        return self._table("differences")

    @property
    def replications_table(self) -> Table:
        """A row for each product, replication and model, a column a KPI; null where the KPI does not exist in the replication: a mean wait where nobody
        waited, say."""
        return self._table("replications")

    @property
    def daily(self) -> Table:
        """Mean and percentiles of every series on every measured day: ``product, model, date, series, mean, p5, p25, p50, p75, p95``."""
        return self._table("daily")

    @property
    def tables(self) -> Mapping[str, Table]:
        """All tables by name: those above, and ``events``, ``groups``, ``locations``, ``markets``, ``moves`` and ``changeover`` where there are some."""
        names = ["kpis", "differences", "replications", "daily", "events", "groups"]
        names += ["locations", "markets", "moves", "changeover"]
        present = [name for name in names if self._core.has_table(name)]
        return _Named("table", present, self._table)

    def _table(self, name: str) -> Table:
        table = self._core.table(name)
        if table is None:
            why = {
                "replications": "run with keep_replications=True",
                "daily": "`monte-carlo.daily-replications` is 0",
            }
            raise LookupError(f"the run has no table {name!r}: {why.get(name, 'its scenario has nothing to tell there')}")
        return Table(table)

    @property
    def summary(self) -> dict[str, Any]:
        """The whole of ``summary.json``."""
        summary: dict[str, Any] = self._core.summary()
        return summary

    @property
    def charts(self) -> Charts:
        """The charts, by the names of their files: ``"backorder-rate"``, ``"tee/backorder-rate"`` of a product where there are several."""
        return _by_name(self._core.charts())

    def to_text(self, width: int | None = None) -> str:
        """What ``restock run`` shows, in so many columns."""
        return self._core.text(width or _width())

    def to_html(self) -> str:
        """The page ``report.html``, which stands alone."""
        return self._core.report()

    def to_xlsx(self) -> bytes:
        """The workbook ``finance.xlsx``."""
        return bytes(self._core.workbook())

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        charts: bool = True,
        force: bool = False,
        progress: Progress = False,
    ) -> Path:
        """Writes the run folder that ``restock run`` writes, byte for byte but for times in its manifest.

        Parameters
        ----------
        charts
            Whether charts, ``report.html`` and ``finance.xlsx`` are written, too.
        force
            Overwrite files of the same names that are not an earlier run's.
        """
        if not self._core.has_table("replications"):
            raise LookupError(
                "the rows of replications, which are part of a run folder, were not kept: run with keep_replications=True, or with out="
            )
        with told(progress) as hear:
            return self._core.write_to(Path(folder), force, charts, hear)

    def __repr__(self) -> str:
        return f"<restock.Result: {self._core.scenario_name}; {self.models}; {self.replications:,} replications, seed {self.seed}>"


class Answer(_Shown):
    """The answer to a question: a sentence, tables, charts and all figures."""

    def __init__(self, core: _core.Answer) -> None:
        self._core = core
        self._tables: dict[str, Table] | None = None

    @property
    def verdict(self) -> str:
        """The finding, in a sentence or a few."""
        return self._core.verdict

    @property
    def json(self) -> dict[str, Any]:
        """The whole of ``answer.json``."""
        answer: dict[str, Any] = self._core.json()
        return answer

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables, by the names of their files without the ending."""
        if self._tables is None:
            self._tables = {name: Table(table) for name, table in self._core.tables()}
        return self._tables

    @property
    def charts(self) -> Charts:
        """The charts, by the names of their files without the ending."""
        return _by_name(self._core.charts())

    @property
    def run_hash(self) -> str:
        """SHA-256 of all that decides the answer."""
        return self._core.run_hash

    def to_text(self, width: int | None = None) -> str:
        """What the command shows; it is laid out for the terminal in which it was asked."""
        return self._core.text

    def save(self, folder: str | os.PathLike[str], *, charts: bool = True, force: bool = False) -> Path:
        """Writes the folder that the command writes, byte for byte but for times in its manifest."""
        return self._core.write_to(Path(folder), force, charts)

    def __repr__(self) -> str:
        return f"<restock.Answer of {self._core.command}: {self.verdict}>"


class Forecast(_Shown):
    """A forecast of sales: demand and sales of every item, period by period and in total, as quantiles of sample paths."""

    def __init__(self, core: _core.Forecast) -> None:
        self._core = core

    @property
    def method(self) -> str:
        """Name of the method."""
        return self._core.method

    @property
    def horizon(self) -> int:
        """Periods ahead."""
        return self._core.horizon

    @property
    def step(self) -> str:
        """Length of a period: ``day``, ``week``, ``month`` or ``quarter``."""
        return self._core.step

    @property
    def notes(self) -> list[str]:
        """How the sales were read."""
        return self._core.notes

    @property
    def periods(self) -> Table:
        """A row an item and period: mean of demand and of sales, and quantiles of demand, in units."""
        return self._table("periods")

    @property
    def totals(self) -> Table:
        """A row an item: its class, units sold in as long a time before (``last``), and its total over the horizon, in units. The row of class ``all items`` is
        all together."""
        return self._table("totals")

    @property
    def lead_times(self) -> Table | None:
        """A row an item and length of total, in units; null is all items together. ``None`` if no ``totals`` were asked for."""
        table = self._core.table("lead_times")
        return None if table is None else Table(table)

    @property
    def spikes(self) -> Table:
        """A row a spike of the history: units sold, units expected, and the ratio of the two."""
        return self._table("spikes")

    @property
    def suspected(self) -> Table:
        """A row a run without sales that chance does not explain: perhaps a stock-out."""
        return self._table("suspected")

    @property
    def paths(self) -> Table:
        """A row an item, path and period, in units: what ``keep_paths=True`` keeps."""
        return self._table("paths")

    def _table(self, name: str) -> Table:
        table = self._core.table(name)
        if table is None:
            raise LookupError("the sample paths were not kept: forecast with keep_paths=True")
        return Table(table)

    @property
    def record(self) -> dict[str, Any] | None:
        """How good the method was on totals of the past; ``None`` where the history is too short, or it was not asked for."""
        record: dict[str, Any] | None = self._core.record()
        return record

    @property
    def charts(self) -> Charts:
        """Fan charts of the items that are shown, by item."""
        return _by_name(self._core.charts())

    @property
    def scenario(self) -> str:
        """A scenario of the fitted demand, in TOML."""
        return self._core.scenario()

    def to_text(self, width: int | None = None) -> str:
        """What ``restock forecast`` shows, in so many columns."""
        return self._core.text(width or _width())

    def __repr__(self) -> str:
        return f"<restock.Forecast by {self.method}, {self.horizon} {self.step}s ahead>"


class Backtest(_Shown):
    """How good forecasts of the past would have been."""

    def __init__(self, core: _core.Backtest) -> None:
        self._core = core

    @property
    def methods(self) -> list[str]:
        """Names of the methods that were compared."""
        return self._core.methods

    @property
    def horizon(self) -> int:
        """Periods ahead."""
        return self._core.horizon

    @property
    def notes(self) -> list[str]:
        """How the sales were read."""
        return self._core.notes

    @property
    def scores(self) -> Table:
        """A row a method, item and origin: its losses and errors."""
        return Table(self._core.scores())

    @property
    def charts(self) -> Charts:
        """Accuracy, calibration, PIT and decision curve."""
        return _by_name(self._core.charts())

    def to_text(self, width: int | None = None) -> str:
        """What ``restock backtest`` shows, in so many columns."""
        return self._core.text(width or _width())

    def __repr__(self) -> str:
        return f"<restock.Backtest of {', '.join(self.methods)}>"


class Description(_Shown):
    """What is in sales: classes of demand, spikes, suspected stock-outs."""

    def __init__(self, core: _core.Description) -> None:
        self._core = core

    @property
    def notes(self) -> list[str]:
        """How the sales were read."""
        return self._core.notes

    @property
    def items(self) -> Table:
        """A row an item: units, class of demand, mean interval between sales in periods, squared coefficient of variation, ABC and XYZ."""
        return Table(self._core.items())

    @property
    def spikes(self) -> Table:
        """A row a spike: units sold, units expected, and the ratio of the two."""
        return Table(self._core.spikes())

    @property
    def silences(self) -> Table:
        """A row a run without sales that chance does not explain; ``stopped`` of those that last until the end."""
        return Table(self._core.silences())

    @property
    def charts(self) -> Charts:
        """None."""
        return Charts()

    def to_text(self, width: int | None = None, *, show: int = 5) -> str:
        """What ``restock describe`` shows: ``show`` rows of each list, in so many columns."""
        return self._core.text(show, width or _width())

    def to_html(self) -> str:
        """A page of what was read, left out, changed and is to be checked, with the rows of the file."""
        return self._core.report()

    def __repr__(self) -> str:
        return f"<restock.Description: {len(self.items):,} items, {len(self.spikes):,} spikes>"
