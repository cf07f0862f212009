"""Scores of forecasts by scikit-learn and numpy: test/golden/forecast-scores.json. Usage: forecast_scores.py > forecast-scores.json"""
import json

import numpy as np
import sklearn
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_squared_error

SEED = 20261124
ROWS, TRAINING_END, VALIDATION_END = 70, 46, 56
LENGTH, HORIZON, SEASON = 6, 5, 4
LEVELS = [0.1, 0.25, 0.5, 0.9]
random = np.random.default_rng(SEED)
time = np.arange(ROWS)
values = 20 + 0.3 * time + 5 * np.sin(2 * np.pi * time / SEASON) + random.normal(0, 2, ROWS)

origins = [start + LENGTH for start in range(VALIDATION_END - LENGTH, ROWS - LENGTH - HORIZON + 1)]
actual = np.array([values[origin : origin + HORIZON] for origin in origins])
center = actual + random.normal(0, 2, actual.shape)
quantiles = np.sort(center[:, None, :] + random.normal(0, 2.5, (len(origins), len(LEVELS), HORIZON)), axis=1)
point = quantiles[:, LEVELS.index(0.5), :]
training = values[:TRAINING_END]
scale = np.mean(np.abs(training[SEASON:] - training[:-SEASON]))


def forecast(of):
    return np.array([[of(origin, step) for step in range(HORIZON)] for origin in origins])


def seasonal_naive(origin, step):
    return values[origin + step % SEASON - SEASON]


def seasonal_naive_quantile(level):
    def of(origin, step):
        distance = (step // SEASON + 1) * SEASON
        return seasonal_naive(origin, step) + np.quantile(training[distance:] - training[:-distance], level)

    return of


def drift(origin, step):
    return values[origin - 1] + (step + 1) * (values[origin - 1] - values[0]) / (origin - 1)


def points(predicted):
    return {
        "mae": mean_absolute_error(actual.ravel(), predicted.ravel()),
        "rmse": mean_squared_error(actual.ravel(), predicted.ravel()) ** 0.5,
        "mase": mean_absolute_error(actual.ravel(), predicted.ravel()) / scale,
        # M4 competition: Makridakis, Spiliotis & Assimakopoulos 2020
        "smape": np.mean(200 * np.abs(actual - predicted) / (np.abs(actual) + np.abs(predicted))),
    }


def distribution(predicted):
    """predicted: by level. Weighted quantile loss as in GluonTS: mean over levels of 2 * sum of pinball losses / sum of magnitudes."""
    losses = [mean_pinball_loss(actual.ravel(), p.ravel(), alpha=a) for p, a in zip(predicted, LEVELS)]
    lower, upper = predicted[LEVELS.index(0.1)], predicted[LEVELS.index(0.9)]
    return {
        "quantile_loss": np.mean(losses),
        "weighted_quantile_loss": np.mean([2 * loss * actual.size / np.sum(np.abs(actual)) for loss in losses]),
        "interval": {
            "level": 0.8,
            "coverage": np.mean((actual >= lower) & (actual <= upper)),
            "mean_width": np.mean(upper - lower),
        },
    }


baseline = [forecast(seasonal_naive_quantile(level)) for level in LEVELS]
print(
    json.dumps(
        {
            "made_by": {
                "script": "test/golden/forecast_scores.py",
                "sklearn": sklearn.__version__,
                "numpy": np.__version__,
                "seed": SEED,
            },
            "parts": {"trainingEnd": TRAINING_END, "validationEnd": VALIDATION_END, "rows": ROWS},
            "window": {"length": LENGTH, "horizon": HORIZON, "stride": 1},
            "seasonality": SEASON,
            "levels": LEVELS,
            "values": values.tolist(),
            "forecasts": point.ravel().tolist(),
            "quantiles": quantiles.ravel().tolist(),
            "scores": {
                "model": points(point) | distribution([quantiles[:, i, :] for i in range(len(LEVELS))]),
                "baseline": points(forecast(seasonal_naive)) | distribution(baseline),
                "naive": points(forecast(lambda origin, step: values[origin - 1])),
                "drift": points(forecast(drift)),
            },
        }
    )
)
