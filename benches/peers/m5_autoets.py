"""The count model beside statsforecast's AutoETS on the M5 extract: scaled pinball loss, paired item by item.

    pip install statsforecast==2.1.1 pyarrow
    restock backtest m5_subset1000_long.parquet --item id --origins 3 --scores scores.csv
    python benches/peers/m5_autoets.py m5_subset1000_long.parquet scores.csv

AutoETS has a season of seven days; its normal intervals give the nine quantiles of the M5 uncertainty competition, cut at 0.
Both are scored on the same items, origins and days, over the mean change from day to day before the origin. The interval
resamples items 1,000 times, all origins of an item together.
"""

import csv
import sys
import warnings
from datetime import date
from multiprocessing import Pool

import numpy as np
import pyarrow.parquet as pq
from statsforecast.models import AutoETS

warnings.filterwarnings("ignore")
HORIZON = 28
QUANTILES = np.array([0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995])
COLUMNS = ["lo-99", "lo-95", "lo-67", "lo-50", "mean", "hi-50", "hi-67", "hi-95", "hi-99"]


def histories(path):
    """Units by item from its first row on, gaps as 0; all end on the last day of the file."""
    table = pq.read_table(path).to_pydict()
    last = max(table["date"])
    sales = {}
    for item, day, units in zip(table["id"], table["date"], table["units"]):
        if units is not None:
            sales.setdefault(item, {})[day] = sales.get(item, {}).get(day, 0) + units
    out = {}
    for item, on in sales.items():
        first = min(on)
        y = np.zeros((last - first).days + 1)
        for day, units in on.items():
            y[(day - first).days] = units
        out[item] = (first, y)
    return out


def score(job):
    y, known = job
    begun = y[:known][np.argmax(y[:known] > 0) :]
    scale = np.abs(np.diff(begun)).mean()
    try:
        forecast = AutoETS(season_length=7).fit(y[:known]).predict(HORIZON, level=[50, 67, 95, 99])
        q = np.array([forecast[c] for c in COLUMNS])
    except Exception:  # too short for the method: the mean, as a user would fall back on it
        q = np.full((9, HORIZON), y[:known].mean())
    e = y[known : known + HORIZON][None] - np.maximum(q, 0)
    return np.where(e >= 0, QUANTILES[:, None] * e, (QUANTILES[:, None] - 1) * e).mean() / scale


def scores_of(panel, rows):
    """AutoETS's loss of each row of our scores."""
    items = histories(panel)
    jobs = []
    for r in rows:
        first, y = items[r["item"]]
        jobs.append((y, (date.fromisoformat(r["origin"]) - first).days))
    with Pool() as pool:
        return np.array(pool.map(score, jobs, chunksize=20))


def report(method, rows, theirs):
    """Prints our loss beside theirs, by items and by units."""
    ours = np.array([float(r["scaled_pinball"]) for r in rows])
    weight = np.array([float(r["units_before"]) for r in rows])
    names = sorted({r["item"] for r in rows})
    place = {name: k for k, name in enumerate(names)}
    index = np.array([place[r["item"]] for r in rows])
    rng = np.random.default_rng(1)
    for what, w in [("unweighted", np.ones(len(rows))), ("weighted by units", weight)]:
        a, b = np.bincount(index, w * ours), np.bincount(index, w * theirs)
        drawn = [(a[i].sum() / b[i].sum() - 1) * 100 for i in rng.integers(0, len(names), (1000, len(names)))]
        low, high = np.quantile(drawn, [0.025, 0.975])
        print(
            f"  {method}, {what}: {np.average(ours, weights=w):.4f}, AutoETS {np.average(theirs, weights=w):.4f}, "
            f"{(a.sum() / b.sum() - 1) * 100:+.1f} % ({low:+.1f} to {high:+.1f})"
        )


def main(panel, scores):
    rows = [r for r in csv.DictReader(open(scores)) if r["method"] == "count model"]
    print(f"{len(rows)} forecasts, {HORIZON} days ahead")
    report("count model", rows, scores_of(panel, rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
