"""How sales are read."""

from __future__ import annotations

import datetime
import os
from typing import Literal, TypedDict


class Reading(TypedDict, total=False):
    """How a table of sales is read. What is not said is found out: columns by their usual names, the rest over the whole table."""

    item: str
    """Column of items."""
    date: str
    """Column of dates."""
    units: str
    """Column of units sold; ``"rows"`` counts rows."""
    group: str
    """Column of categories: their items share priors and shocks."""
    price: str
    """Column of prices."""
    promotion: str
    """Column that tells whether, or for what share of the period, the item was promoted."""
    in_stock: str
    """Column that tells whether, or for what share of the period, the item was in stock."""
    on_hand: str
    """Column of stock at the end of the period: at 0 the item ran out."""
    hours: str
    """Column of hours a day that the item was in stock."""
    largest_line: str
    """Column of the largest single order line of the period."""
    discontinued: str
    """Column of dates on which items end, or of words that say that they have; ``"none"`` for none."""
    order: str
    """Column of order names: blank cells of an order's further rows are those of its first."""
    every: Literal["day", "week", "month", "quarter"]
    """Length of a period; finer data are added up."""
    unfinished: Literal["leave-out", "keep", "scale"]
    """What becomes of a first and last period that the table covers in part."""
    where: str | list[str]
    """Rows for which all of this holds count: ``"COLUMN = VALUE"``, ``!=``, ``in (A, B)``, ``not in (A, B)``."""
    until: datetime.date | str
    """Rows after this day are left out."""
    start: datetime.date | str
    """First day of year 1, where dates count years from 1."""
    country: str | list[str]
    """Countries whose public holidays and commerce days have effects of their own: ``"US"``."""
    events: str | os.PathLike[str]
    """A file with columns ``date`` and ``event``: events that have effects of their own."""
    merge_case: bool
    """Whether items that differ by upper and lower case and blanks alone are one."""
    layout: Literal["long", "dates-across", "items-across"]
    """Shape of the table."""
    header_row: int
    """Row of the header."""
    sheet: str
    """Sheet of a workbook."""
    encoding: str
    """Encoding of text: ``"windows-1252"``."""
    decimal: Literal["point", "comma"]
    """What stands before decimals."""
    date_format: str
    """Form of dates, as of strftime."""
    date_order: Literal["day-first", "month-first"]
    """What stands first in dates such as 3/4/2026."""
    time_zone: str
    """Time zone of the shop: moments with a distance from UTC are days there."""
    yearly_wave: bool
    """Whether a yearly wave is fitted where the history has more than a year."""
    keep_suspected: bool
    """Whether runs of zeros that chance does not explain are taken for demand, not for stock-outs."""
