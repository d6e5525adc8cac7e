"""Tables and charts."""

from __future__ import annotations

import datetime
import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _core
from ._errors import FileError, UsageError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import pandas
    import polars
    import pyarrow

__all__ = ["Chart", "Table"]

# Rows that a notebook shows.
_SHOWN = 10


class Table:
    """A table in Arrow's memory: ``polars.DataFrame(table)`` and ``pyarrow.table(table)`` read it without a copy, :meth:`to_pandas` makes a frame of pandas.

    Columns are texts, numbers (float64; counts of replications and paths uint32), dates (date32) or booleans; what is missing is null.
    """

    def __init__(self, core: _core.Table) -> None:
        self._core = core

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return self._core.column_names

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._core.num_rows, len(self.columns)

    def __len__(self) -> int:
        return self._core.num_rows

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def __getitem__(self, column: str) -> list[Any]:
        """The cells of a column, as Python's own values."""
        try:
            return self._core.column(self.columns.index(column))
        except ValueError:
            raise KeyError(f"there is no column {column!r}; there are {', '.join(self.columns)}") from None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Row by row, as dictionaries."""
        columns = self.to_dict()
        for cells in zip(*columns.values(), strict=True):
            yield dict(zip(columns, cells, strict=True))

    def to_dict(self) -> dict[str, list[Any]]:
        """Column by column, as lists of Python's own values."""
        return {name: self[name] for name in self.columns}

    def to_polars(self) -> polars.DataFrame:
        """A ``polars.DataFrame``, of whatever version is installed."""
        import polars

        return polars.DataFrame(self)

    def to_pandas(self) -> pandas.DataFrame:
        """A ``pandas.DataFrame``: through pyarrow if that is installed, else cell by cell. Dates are datetime64, as pandas works with them."""
        import pandas

        try:
            import pyarrow
        except ImportError:
            cells = {name: pandas.to_datetime(of) if _are_dates(of) else of for name, of in self.to_dict().items()}
            return pandas.DataFrame(cells)
        frame: pandas.DataFrame = pyarrow.table(self).to_pandas(date_as_object=False)
        return frame

    def to_arrow(self) -> pyarrow.Table:
        """A ``pyarrow.Table``."""
        import pyarrow

        return pyarrow.table(self)

    def __arrow_c_schema__(self) -> object:
        return self._core.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._core.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"<restock.Table: {rows:,} rows, {columns} columns: {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = ""
        for number, row in enumerate(self.rows()):
            if number == _SHOWN:
                break
            body += "<tr>" + "".join(f"<td>{html.escape(_shown(cell))}</td>" for cell in row.values()) + "</tr>"
        more = f"<p>{len(self):,} rows, of which {_SHOWN} are shown</p>" if len(self) > _SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _are_dates(cells: list[Any]) -> bool:
    return any(isinstance(cell, datetime.date) for cell in cells)


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.6g}"
    return str(cell)


class Chart:
    """A chart: its finding, its picture and exactly the numbers that are drawn. A notebook shows it as it is."""

    def __init__(self, core: _core.Chart) -> None:
        self._core = core
        self._svg: str | None = None

    @property
    def name(self) -> str:
        """Name of its file, without the ending."""
        return self._core.name

    @property
    def title(self) -> str:
        """The finding, with its number."""
        return self._core.title

    @property
    def subtitle(self) -> str:
        """What is drawn, its unit and conditions."""
        return self._core.subtitle

    @property
    def alt(self) -> str:
        """A paragraph for those who cannot see the chart."""
        return self._core.alt

    @property
    def data(self) -> Table:
        """Exactly the numbers that are drawn."""
        return Table(self._core.data())

    @property
    def svg(self) -> str:
        """The picture, 1,920 x 1,080, as SVG."""
        if self._svg is None:
            self._svg = self._core.svg()
        return self._svg

    @property
    def png(self) -> bytes:
        """The picture, 1,920 x 1,080 pixels, as PNG."""
        return bytes(self._core.png())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the picture, as SVG or PNG by the ending of the path."""
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in (".svg", ".png"):
            raise UsageError(f"{str(path)!r}: a chart is saved as .svg or .png")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.svg.encode() if ending == ".svg" else self.png)
        except OSError as error:
            raise FileError(f"`{path}` cannot be written: {error.strerror}", code="write", place=str(path)) from error
        return path

    def __repr__(self) -> str:
        return f"<restock.Chart {self.name}: {self.title}>"

    def _repr_html_(self) -> str:
        # As a picture of its own, so that two charts of one page do not share the names inside their SVG; its width is that of the page.
        import base64

        picture = base64.b64encode(self.svg.encode()).decode()
        return f'<img alt="{html.escape(self.alt)}" style="max-width: 100%" src="data:image/svg+xml;base64,{picture}">'
