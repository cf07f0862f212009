"""Scores of labels and a bag of words by scikit-learn, and padded batches by PyTorch: test/golden/classification.json. Usage: classification.py > classification.json"""
import json

import numpy as np
import sklearn
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score, log_loss
from sklearn.metrics import precision_recall_fscore_support
from torch import nn

SEED = 20261124
random = np.random.default_rng(SEED)
torch.manual_seed(SEED)
torch.set_default_dtype(torch.float64)


def scores(right, probabilities, labels):
    chosen = probabilities.argmax(axis=1)
    return {
        "accuracy": accuracy_score(right, chosen),
        "balanced_accuracy": balanced_accuracy_score(right, chosen),
        "macro_f1": f1_score(right, chosen, average="macro", zero_division=0),
        "log_loss": log_loss(right, probabilities, labels=labels),
    }


def scored():
    labels = np.arange(4)
    # the last label is never right, and the one before never chosen
    right = random.choice(3, 40, p=[0.6, 0.3, 0.1])
    logits = random.normal(0, 1.5, (40, 4)).astype(np.float32)
    logits[np.arange(40), right] += 1
    logits[:, 2] -= 20
    probabilities = torch.tensor(logits).double().softmax(1).numpy()
    counts = [30, 20, 7, 3]
    majority = np.tile(np.array(counts) / sum(counts), (40, 1))
    precision, recall, f1, rows = precision_recall_fscore_support(
        right, probabilities.argmax(axis=1), labels=labels, zero_division=0
    )
    return {
        "right": right.tolist(),
        "logits": logits.reshape(-1).tolist(),
        "training_counts": counts,
        "model": scores(right, probabilities, labels),
        "majority_class": scores(right, majority, labels),
        "by_label": [
            {"rows": int(n), "precision": p, "recall": r, "f1": f}
            for n, p, r, f in zip(rows, precision, recall, f1)
        ],
        "confusion": confusion_matrix(right, probabilities.argmax(axis=1), labels=labels).tolist(),
    }


def bag_of_words():
    words = [f"w{letter}" for letter in "abcdefghijklmnopqrst"]
    tastes = random.dirichlet(np.full(len(words), 0.4), 3)
    classes = random.integers(0, 3, 80)
    texts = [" ".join(random.choice(words, random.integers(3, 15), p=tastes[c])) for c in classes]
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2, token_pattern=r"\S+")
    training = vectorizer.fit_transform(texts[:60])
    model = LogisticRegression(C=10, tol=1e-10, max_iter=10_000).fit(training, classes[:60])
    return {
        "texts": texts,
        "classes": classes.tolist(),
        "training": 60,
        "probabilities": model.predict_proba(vectorizer.transform(texts[60:])).reshape(-1).tolist(),
    }


VOCABULARY, SIZE, HIDDEN, CLASSES = 7, 3, 4, 3


def network(cell, directions):
    embedding = nn.Embedding(VOCABULARY, SIZE)
    recurrent = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell](
        SIZE, HIDDEN, bidirectional=directions == 2
    )
    head = nn.Linear(directions * HIDDEN, CLASSES)
    lengths = [5, 2, 1, 4]
    ids = [random.integers(0, VOCABULARY, length).tolist() for length in lengths]
    right = [2, 0, 1, 1]
    # one of the two has all its weight on the loss as a whole: see docs/metrics.md
    cases = [("weights", {"weight": torch.tensor([0.5, 1.0, 3.0])}), ("smoothing", {"label_smoothing": 0.2})]
    packed = nn.utils.rnn.pack_sequence([embedding(torch.tensor(one)) for one in ids], enforce_sorted=False)
    steps, last = recurrent(packed)
    state = last[0] if cell == "lstm" else last
    steps, _ = nn.utils.rnn.pad_packed_sequence(steps, batch_first=True)
    real = (torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None])[:, :, None]
    features = {
        "last": torch.cat(list(state), dim=1),
        "mean": (steps * real).sum(dim=1) / torch.tensor(lengths)[:, None],
        "max": steps.masked_fill(~real, -torch.inf).amax(dim=1),
    }
    parameters = {"embedding": embedding, "recurrent": recurrent, "head": head}
    named = {f"{part}.{name}": value for part, module in parameters.items() for name, value in module.named_parameters()}

    def results(logits):
        losses = {}
        for name, options in cases:
            loss = nn.functional.cross_entropy(logits, torch.tensor(right), **options)
            gradients = torch.autograd.grad(loss, list(named.values()), retain_graph=True)
            losses[name] = {
                "loss": loss.item(),
                "gradients": {key: value.reshape(-1).tolist() for key, value in zip(named, gradients)},
            }
        return {"logits": logits.detach().reshape(-1).tolist(), "losses": losses}

    return {
        "cell": cell,
        "directions": directions,
        "ids": ids,
        "right": right,
        "parameters": {key: value.detach().reshape(-1).tolist() for key, value in named.items()},
        "pooling": {name: results(head(vectors)) for name, vectors in features.items()},
    }


print(
    json.dumps(
        {
            "versions": {"torch": torch.__version__, "scikit_learn": sklearn.__version__, "seed": SEED},
            "scores": scored(),
            "bag_of_words": bag_of_words(),
            "networks": [network(cell, directions) for cell in ("rnn", "lstm", "gru") for directions in (1, 2)],
        }
    )
)
