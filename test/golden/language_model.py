"""Golden values of the scores of language models, in exact fractions and float64; nothing but Python is needed.

usage: python language_model.py > language-model.json

A text of ids is drawn from a Markov chain; the first part is training, the second is scored. Unigram and bigram are written from their definitions
(docs/metrics.md), token by token, without any table that is shared between them.
"""

import json
import math
import platform
import random
from fractions import Fraction

SEED = 7
V = 9


def main():
    generator = random.Random(SEED)
    chain = [[generator.random() ** 3 for _ in range(V - 1)] for _ in range(V)]
    ids = [0]
    for _ in range(400):
        ids.append(generator.choices(range(V - 1), chain[ids[-1]])[0])
    training, test = ids[:300], [*ids[300:], 8, 3]  # 8 is never seen in training
    foretold = training[1:]

    def unigram(word):
        return Fraction(foretold.count(word) + 1, len(foretold) + V)

    def bigram(previous, word):
        after = [b for a, b in zip(training, training[1:]) if a == previous]
        if not after:
            return unigram(word)
        kinds = len(set(after))
        return (after.count(word) + kinds * unigram(word)) / (len(after) + kinds)

    def likeliest(counts):
        return max(range(V), key=lambda word: (counts.count(word), -word))

    def scores(probability, choose):
        pairs = list(zip(test, test[1:]))
        nats = -sum(math.log(probability(a, b)) for a, b in pairs)
        characters = sum(1 for _, b in pairs if b != 0)
        return {
            "cross_entropy": nats / len(pairs),
            "perplexity": math.exp(nats / len(pairs)),
            "bits_per_character": nats / math.log(2) / characters,
            "accuracy": sum(choose(a) == b for a, b in pairs) / len(pairs),
        }

    def chosen(previous):
        after = [b for a, b in zip(training, training[1:]) if a == previous]
        return likeliest(after or foretold)

    model = [[generator.random() + 0.01 for _ in range(V)] for _ in test[1:]]
    losses = [-math.log(row[word] / sum(row)) for row, word in zip(model, test[1:])]
    choices = [row.index(max(row)) for row in model]
    nats = sum(losses)
    characters = sum(1 for word in test[1:] if word != 0)
    print(
        json.dumps(
            {
                "made_by": {"script": "test/golden/language_model.py", "python": platform.python_version(), "seed": SEED},
                "V": V,
                "training": training,
                "test": test,
                "losses": losses,
                "chosen": choices,
                "model": {
                    "cross_entropy": nats / len(losses),
                    "perplexity": math.exp(nats / len(losses)),
                    "bits_per_character": nats / math.log(2) / characters,
                    "accuracy": sum(a == b for a, b in zip(choices, test[1:])) / len(losses),
                },
                "unigram": scores(lambda _, word: unigram(word), lambda _: likeliest(foretold)),
                "bigram": scores(bigram, chosen),
                "unknown_share": sum(word == 1 for word in test[1:]) / len(losses),
            }
        )
    )


if __name__ == "__main__":
    main()
