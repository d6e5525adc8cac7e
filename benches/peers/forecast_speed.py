#!/usr/bin/env python3
"""How long forecasts take beside statsforecast's, in one run: the same series, origins and horizon, on the same cores.

    pip install statsforecast==2.1.1 pandas pyarrow
    benches/peers/forecast_speed.py ../shared/data/m5_subset1000_long.parquet

Both fit at four origins and forecast 28 days. Restock draws 500 paths of each and scores them; statsforecast gives means. Its compiled code is
called once before it is timed. Times are of the wall; runs of the two alternate, the shortest of three counts (of one for what takes minutes).
"""

import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import pandas as pd

warnings.filterwarnings("ignore")
ORIGINS, HORIZON, CORES = 4, 28, 2
ROOT = Path(__file__).resolve().parents[2]


def ours(sales, method):
    command = [ROOT / "target/release/restock", "backtest", sales, "--horizon", str(HORIZON), "--origins", str(ORIGINS)]
    command += ["--jobs", str(CORES)] + (["--method", method] if method else [])
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main(sales):
    from statsforecast import StatsForecast
    from statsforecast.models import (
        IMAPA, TSB, AutoETS, CrostonSBA, DynamicOptimizedTheta, SeasonalNaive, WindowAverage,
    )

    data = pd.read_parquet(sales)
    data.columns = ["unique_id", "ds", "y"]
    data["ds"] = pd.to_datetime(data["ds"])
    # It refuses series that are shorter than its origins: neither gets them.
    data = data[data.groupby("unique_id")["y"].transform("size") > (ORIGINS + 1) * HORIZON]
    few = data[data["unique_id"].isin(data["unique_id"].unique()[:4])]

    def theirs(models):
        forecaster = StatsForecast(models=models, freq="D", n_jobs=CORES)
        validate = dict(h=HORIZON, n_windows=ORIGINS, step_size=HORIZON)
        StatsForecast(models=models, freq="D").cross_validation(df=few, **validate)
        begun = time.perf_counter()
        forecaster.cross_validation(df=data, **validate)
        return time.perf_counter() - begun

    folder = tempfile.TemporaryDirectory()
    sales = Path(folder.name) / "sales.parquet"
    data.assign(ds=data["ds"].dt.date).rename(columns={"unique_id": "item", "ds": "date", "y": "units"}).to_parquet(sales)
    subprocess.run(["cargo", "build", "--release", "--quiet"], check=True, cwd=ROOT)
    pairs = [
        ("SBA", [CrostonSBA()], 3),
        ("IMAPA", [IMAPA()], 3),
        ("theta", [DynamicOptimizedTheta(season_length=7)], 3),
        ("ETS", [AutoETS(season_length=7)], 1),
    ]
    series = data["unique_id"].nunique()
    print(f"{series} series, {ORIGINS} origins, {HORIZON} days, {CORES} cores: seconds, and theirs over ours")
    portfolio = 0.0
    for method, models, runs in pairs:
        times = [(ours(sales, method), theirs(models)) for _ in range(runs)]
        own, other = (min(t[k] for t in times) for k in (0, 1))
        portfolio += other
        print(f"  {method:<14}{own:8.2f}{other:9.2f}{other / own:8.1f} times", flush=True)
    rest = [SeasonalNaive(season_length=7), WindowAverage(window_size=28), TSB(alpha_d=0.05, alpha_p=0.1)]
    portfolio += theirs(rest)
    own = ours(sales, None)
    print(f"  {'portfolio':<14}{own:8.2f}{portfolio:9.2f}{portfolio / own:8.1f} times")
    print("portfolio: all ten of Restock, the count model, Willemain and the combination among them; all seven of theirs")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
