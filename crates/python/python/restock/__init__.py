"""Restock compares supply models by Monte Carlo simulation, and forecasts the demand behind them.

A brand sells goods that are bought in bulk months ahead and cross the sea, or are shipped by the manufacturer, or both. :func:`run` runs the demand of a
scenario through each of these supply models and says what they do to backorders, cancellations, capital and income, each with its uncertainty. Questions
about a scenario are :func:`sweep`, :func:`solve` and :func:`tornado`; sales are looked at by :func:`describe`, :func:`forecast` and :func:`backtest`;
:mod:`restock.cluster` runs on many machines.

Results are those of the command ``restock``, byte for byte. Work is done on all cores, without the interpreter's lock; Ctrl-C stops it. Runs of the same
scenario with the same seed have the same shoppers in each replication, whatever is laid over it: their rows pair.

What a scenario may hold is in ``docs/scenario-reference.md`` of the project, what a KPI means in ``docs/model.md``; ``Scenario(..).to_toml()`` writes a
scenario with every default.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from . import _core
from ._api import backtest, describe, forecast, run, solve, sweep, tornado
from ._errors import Cancelled, FileError, RestockError, RestockWarning, ScenarioError, UsageError
from ._reading import Reading
from ._results import Answer, Backtest, Description, Forecast, Result
from ._scenario import Scenario
from ._table import Chart, Table

__all__ = [
    "Answer",
    "Backtest",
    "Cancelled",
    "Chart",
    "Description",
    "FileError",
    "Forecast",
    "Reading",
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

if _TYPE_CHECKING:
    from . import cluster
else:

    def __getattr__(name: str) -> object:
        # Loaded when it is used, as few use it.
        if name == "cluster":
            import importlib

            return importlib.import_module(".cluster", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
