"""Scores of rows by scikit-learn: test/golden/row-scores.json. Usage: row_scores.py > row-scores.json"""
import json

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error, mean_squared_error
from sklearn.metrics import precision_recall_fscore_support, r2_score, roc_auc_score

SEED = 20261127
random = np.random.default_rng(SEED)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def binned(probabilities, right, bins=10):
    """Expected calibration error of the most probable label, ten bins of one width (Guo et al. 2017, equation 5), by numpy."""
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == right
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return float(
        sum(
            abs(correct[index == b].mean() - confidence[index == b].mean()) * (index == b).mean()
            for b in range(bins)
            if (index == b).any()
        )
    )


def classification(classes):
    right = random.integers(0, classes, 60)
    # rounded, so that some are tied
    logits = np.round(random.normal(0, 1, (60, classes)), 1).astype(np.float32)
    logits[np.arange(60), right] += 1
    probabilities = softmax(logits.astype(np.float64))
    auc = (
        roc_auc_score(right, probabilities[:, 1])
        if classes == 2
        else roc_auc_score(right, probabilities, multi_class="ovr", average="macro")
    )
    return {
        "right": right.tolist(),
        "logits": logits.reshape(-1).tolist(),
        "auc": auc,
        "calibration_error": binned(probabilities, right),
    }


def multilabel():
    rows, labels = 50, 4
    has = (random.random((rows, labels)) < [0.5, 0.2, 0.8, 0.1]).astype(int)
    logits = np.round(random.normal(0, 1, (rows, labels)), 1).astype(np.float32) + (2 * has - 1).astype(np.float32)
    probabilities = sigmoid(logits.astype(np.float64))
    chosen = (probabilities >= 0.5).astype(int)
    precision, recall, f1, support = precision_recall_fscore_support(has, chosen, zero_division=0)
    return {
        "has": has.reshape(-1).tolist(),
        "logits": logits.reshape(-1).tolist(),
        "model": {
            "micro_f1": f1_score(has, chosen, average="micro", zero_division=0),
            "macro_f1": f1_score(has, chosen, average="macro", zero_division=0),
            "subset_accuracy": accuracy_score(has, chosen),
            "log_loss": float(np.mean([log_loss(has[:, l], probabilities[:, l], labels=[0, 1]) for l in range(labels)])),
            "auc": roc_auc_score(has, probabilities, average="macro"),
        },
        "by_label": [
            {"rows": int(n), "precision": p, "recall": r, "f1": f, "auc": roc_auc_score(has[:, l], probabilities[:, l])}
            for l, (n, p, r, f) in enumerate(zip(support, precision, recall, f1))
        ],
    }


def regression():
    y = random.normal(3, [2, 20], (40, 2))
    predicted = y + random.normal(0.2, [1, 15], (40, 2))
    return {
        "y": y.T.tolist(),
        "predicted": predicted.reshape(-1).tolist(),
        "training_means": [2.5, 4.0],
        "by_target": [
            {
                "mae": mean_absolute_error(y[:, k], predicted[:, k]),
                "rmse": float(np.sqrt(mean_squared_error(y[:, k], predicted[:, k]))),
                "r2": r2_score(y[:, k], predicted[:, k]),
            }
            for k in range(2)
        ],
        "together": {
            "mae": mean_absolute_error(y, predicted),
            "rmse": float(np.sqrt(mean_squared_error(y, predicted))),
            "r2": r2_score(y, predicted),
        },
        "mean_r2": r2_score(y, np.tile([2.5, 4.0], (40, 1))),
    }


print(
    json.dumps(
        {
            "made_by": {"script": "test/golden/row_scores.py", "scikit_learn": sklearn.__version__, "seed": SEED},
            "classification": [classification(2), classification(4)],
            "multilabel": multilabel(),
            "regression": regression(),
        }
    )
)
