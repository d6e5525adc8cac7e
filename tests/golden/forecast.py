"""Golden values of fixed-parameter forecasts, from statsforecast (Apache-2.0): writes forecast.json beside this file.

    pip install statsforecast==2.1.1 && python tests/golden/forecast.py

The series are synthetic; the Rust tests read the file and need no Python.
"""

import json
from pathlib import Path

import numpy as np
import statsforecast
from statsforecast.models import TSB, AutoETS, CrostonClassic, DynamicOptimizedTheta, CrostonSBA, SimpleExponentialSmoothing

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
# ETS and theta: parameters and first states as statsforecast fitted them, and the forecasts that it made of them.
t = np.arange(60)
season = np.array([0.7, 0.9, 1.0, 1.3, 1.2, 0.9])[t % 6]
smooth = {
    "level": 50 + rng.normal(0, 4, 60),
    "trend": 20 + 1.5 * t + rng.normal(0, 3, 60),
    "season": (80 + 0.8 * t) * season * (1 + rng.normal(0, 0.04, 60)),
}
ets = []
for form, damped, on in [
    ("ANN", False, "level"), ("AAN", False, "trend"), ("AAN", True, "trend"), ("MNN", False, "level"), ("MAN", False, "trend"),
    ("ANA", False, "season"), ("AAA", False, "season"), ("AAA", True, "season"), ("MAM", False, "season"), ("MNM", False, "season"),
]:
    y = smooth[on].astype(float)
    m = 6 if form[2] != "N" else 1
    model = AutoETS(season_length=m, model=form, damped=damped).fit(y)
    fitted = model.model_
    alpha, beta, gamma, phi = (0.0 if v is None or np.isnan(v) else float(v) for v in fitted["par"][:4])
    states = np.asarray(fitted["states"])[0]
    trend = form[1] != "N"
    # The last seasonal state is the one that comes first.
    seasons = [float(v) for v in states[::-1][:m]] if m > 1 else []
    ets.append({
        "name": on, "form": form[:2] + ("d" if damped else "") + form[2], "units": list(map(float, y)),
        "alpha": alpha, "beta": beta, "gamma": gamma, "phi": phi if damped else float(trend),
        "level": float(states[0]), "slope": float(states[1]) if trend else 0.0, "seasons": seasons,
        "forecast": [float(v) for v in model.predict(8)["mean"]],
    })
theta = []
for on in ["level", "trend"]:
    y = smooth[on].astype(float)
    model = DynamicOptimizedTheta(season_length=1).fit(y)
    par = model.model_["par"]
    theta.append({
        "name": on, "units": list(map(float, y)), "level": float(par["initial_smoothed"]), "alpha": float(par["alpha"]),
        "theta": float(par["theta"]), "forecast": [float(v) for v in model.predict(8)["mean"]],
    })
out = {"made_by": f"statsforecast {statsforecast.__version__}", "cases": cases, "ets": ets, "theta": theta}
Path(__file__).with_name("forecast.json").write_text(json.dumps(out, indent=1) + "\n")
