"""Scores of written texts by other implementations: edit distances of nltk, log-likelihoods of PyTorch.

usage: python test/golden/transduction.py > test/golden/transduction.json
"""

import json
import random

import nltk
import torch
from nltk.metrics.distance import edit_distance

random.seed(5)
SYMBOLS = ["AH", "B", "K", "S", "T", "IY", "<unk>"]


def word(least):
    return [random.choice(SYMBOLS) for _ in range(random.randint(least, 7))]


def changed(tokens):
    tokens = list(tokens)
    for _ in range(random.randint(0, 3)):
        place = random.randint(0, len(tokens))
        what = random.choice(["insert", "delete", "replace"])
        if what == "insert":
            tokens.insert(place, random.choice(SYMBOLS))
        elif place < len(tokens) and what == "delete":
            tokens.pop(place)
        elif place < len(tokens):
            tokens[place] = random.choice(SYMBOLS)
    return tokens


references = [[word(1) for _ in range(random.randint(1, 3))] for _ in range(60)]
written = [changed(random.choice(own)) for own in references]
nearest = []
for own, answers in zip(written, references):
    # of equally near ones the longest
    nearest.append(min((edit_distance(own, answer), -len(answer)) for answer in answers))
edits = [distance for distance, _ in nearest]
lengths = [-length for _, length in nearest]
longer = [max(1, len(own), length) for own, length in zip(written, lengths)]

training = [[random.randint(4, 9) for _ in range(random.randint(1, 6))] + [3] for _ in range(40)]
test = [[random.choice([1, 4, 5, 10]) for _ in range(random.randint(0, 4))] + [3] for _ in range(10)]
writable = [1, 3, *range(4, 11)]
counts = torch.zeros(11, dtype=torch.float64)
counts[writable] = 1
for sequence in training:
    for symbol in sequence:
        counts[symbol] += 1
targets = torch.tensor([symbol for sequence in test for symbol in sequence])
log_probabilities = torch.log(counts / counts.sum()).expand(len(targets), -1)
log_loss = torch.nn.functional.nll_loss(log_probabilities, targets)

print(
    json.dumps(
        {
            "versions": {"nltk": nltk.__version__, "torch": torch.__version__},
            "written": written,
            "references": references,
            "scores": {
                "exact_match": sum(distance == 0 for distance in edits) / len(edits),
                "token_error_rate": sum(edits) / sum(lengths),
                "normalized_edit_distance": sum(d / n for d, n in zip(edits, longer)) / len(edits),
            },
            "frequencies": {
                "training": training,
                "test": test,
                "writable": writable,
                "log_loss": log_loss.item(),
            },
        }
    )
)
