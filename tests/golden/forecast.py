"""Golden values of fixed-parameter forecasts, from statsforecast (Apache-2.0): writes forecast.json beside this file.

    pip install statsforecast==2.1.1 && python tests/golden/forecast.py

The series are synthetic; the Rust tests read the file and need no Python.
"""

import json
from pathlib import Path

import numpy as np
import statsforecast
from statsforecast.models import TSB, CrostonClassic, CrostonSBA, SimpleExponentialSmoothing

rng = np.random.default_rng(20261124)
series = {
    "smooth": rng.poisson(20, 90),
    "low": rng.poisson(0.8, 120),
    "lumpy": rng.poisson(0.15, 150) * rng.geometric(0.2, 150),
    "rising": rng.poisson(np.linspace(1, 9, 100)),
    "begins late": np.r_[np.zeros(40), rng.poisson(2, 30)],
    "ends early": np.r_[rng.poisson(2, 30), np.zeros(40)],
    "two sales": np.r_[0, 0, 5, np.zeros(17), 2, np.zeros(9)],
}
models = {
    "ses 0.1": SimpleExponentialSmoothing(0.1),
    "ses 0.4": SimpleExponentialSmoothing(0.4),
    "croston": CrostonClassic(),
    "sba": CrostonSBA(),
    "tsb 0.1 0.2": TSB(0.1, 0.2),
    "tsb 0.3 0.05": TSB(0.3, 0.05),
}
cases = [
    {
        "name": name,
        "units": [int(v) for v in y],
        "forecasts": {m: float(model.fit(np.asarray(y, dtype=float)).predict(1)["mean"][0]) for m, model in models.items()},
    }
    for name, y in series.items()
]
out = {"made_by": f"statsforecast {statsforecast.__version__}", "cases": cases}
Path(__file__).with_name("forecast.json").write_text(json.dumps(out, indent=1) + "\n")
