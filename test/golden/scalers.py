"""Scalers of scikit-learn and numpy beside datasets/features/scaler.ts.

usage: python scalers.py > scalers.json      (scikit-learn and numpy as the file says)
"""

import json

import numpy
import sklearn
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

random = numpy.random.default_rng(11)
columns = {
    "normal": random.normal(50, 7, 41),
    "skewed": random.exponential(3, 40),
    "large": 1e9 + random.normal(0, 2, 25),
    "constant": numpy.full(9, 3.5),
}


def scaled(values):
    column = values.reshape(-1, 1)
    found = {
        "standard": StandardScaler().fit_transform(column),
        "minmax": MinMaxScaler().fit_transform(column),
        "robust": RobustScaler().fit_transform(column),
        "log": StandardScaler().fit_transform(numpy.log1p(column)),
    }
    return {name: result.ravel().tolist() for name, result in found.items()}


print(
    json.dumps(
        {
            "versions": {"scikit-learn": sklearn.__version__, "numpy": numpy.__version__},
            "seed": 11,
            "columns": {
                name: {"values": values.tolist(), "scaled": scaled(values)}
                for name, values in columns.items()
            },
        },
        indent=1,
    )
)
