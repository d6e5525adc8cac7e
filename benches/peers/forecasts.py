"""The methods of statsforecast beside those of `restock backtest`, for benches/peers/run.

    python forecasts.py --sales ITEMS          writes the sales that both forecast, as CSV
    python forecasts.py METHOD ITEMS           METHOD: sba, theta or ets

The second prints one line of JSON: the sum of absolute errors over the sum of units (WAPE), and the CPU seconds of the cross-validation alone: it
was imported, compiled and run on four items before. Four origins, 28 days ahead, one thread.

Recipe of the sales: 400 days from 2024-01-01; the mean of an item is 10 to a power that is uniform from -0.5 to 1.3, times 0.8, 0.8, 0.9, 1, 1.1,
1.3, 1.1 from Monday to Sunday; a day is a Poisson count of it times a gamma factor of shape 2, from NumPy's generator with seed 1.
"""

import json
import resource
import sys
import warnings
from datetime import date, timedelta

import numpy as np

ORIGINS, HORIZON, DAYS = 4, 28, 400
FIRST = date(2024, 1, 1)
WEEK = np.array([0.8, 0.8, 0.9, 1.0, 1.1, 1.3, 1.1])


def sales(items):
    rng = np.random.default_rng(1)
    means = 10 ** rng.uniform(-0.5, 1.3, items)
    factors = WEEK[np.arange(DAYS) % 7]
    return rng.poisson(means[:, None] * factors * rng.gamma(2, 0.5, (items, DAYS)))


def write(items):
    print("sku,date,units")
    for i, units in enumerate(sales(items)):
        for day, n in enumerate(units):
            print(f"SKU-{i:04d},{FIRST + timedelta(day)},{n}")


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(method, items):
    import pandas as pd
    from statsforecast import StatsForecast
    from statsforecast.models import AutoETS, CrostonSBA, DynamicOptimizedTheta

    warnings.filterwarnings("ignore")
    models = {"sba": CrostonSBA(), "theta": DynamicOptimizedTheta(season_length=7), "ets": AutoETS(season_length=7)}
    names = np.repeat([f"SKU-{i:04d}" for i in range(items)], DAYS)
    days = np.tile(pd.date_range(FIRST, periods=DAYS), items)
    table = pd.DataFrame({"unique_id": names, "ds": days, "y": sales(items).ravel().astype(float)})

    def forecast(data):
        forecaster = StatsForecast(models=[models[method]], freq="D", n_jobs=1)
        return forecaster.cross_validation(df=data, h=HORIZON, n_windows=ORIGINS, step_size=HORIZON)

    forecast(table[: 4 * DAYS])
    begun = cpu()
    found = forecast(table)
    spent = cpu() - begun
    error = (found.iloc[:, -1] - found["y"]).abs().sum()
    print(json.dumps({"wape": error / found["y"].sum(), "cpu": spent}))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if sys.argv[1] == "--sales":
        write(int(sys.argv[2]))
    else:
        main(sys.argv[1], int(sys.argv[2]))
