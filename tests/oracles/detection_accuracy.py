"""Writes tests/fixtures/evaluation/detection_accuracy.json: thresholds by NumPy's quantiles and DAR by its definition.

python tests/oracles/detection_accuracy.py tests/fixtures/evaluation/detection_accuracy.json
"""

import json
import sys

import numpy
import torch

random = numpy.random.default_rng(5)


def draw(count, classes, scale, decimals):
    logits = (random.normal(size=(count, classes)) * scale).round(decimals).astype(numpy.float32)
    labels = numpy.where(random.random(count) < 0.7, logits.argmax(1), random.integers(0, classes, count))
    return logits, labels


def confidence(logits, score):
    if score == "mls":
        return logits.max(1).astype(numpy.float64)
    return torch.softmax(torch.from_numpy(logits).double(), 1).max(1).values.numpy()


def quantiles(scores):
    return {
        # the largest score that at least 95 % of the scores reach
        "order": -float(numpy.quantile(-scores, 0.95, method="inverted_cdf")),
        "linear": float(numpy.quantile(scores, 0.05)),
    }


def ties(count, values):
    """Scores of few different values, whose 5 % often falls among equal ones, or exactly on one."""
    scores = random.choice(values, count)
    return {"scores": scores.tolist(), **quantiles(scores)}


def case(name, count, classes, scale, decimals, score):
    clean, clean_labels = draw(count, classes, scale, decimals)
    attacked, labels = draw(count // 2, classes, scale / 2, decimals)
    scores = confidence(clean, score)
    thresholds = quantiles(scores[clean.argmax(1) == clean_labels])
    tested = confidence(attacked, score)
    correct = attacked.argmax(1) == labels
    rates = {rule: float(((tested >= t) == correct).mean()) for rule, t in thresholds.items()}
    return {
        "name": name, "classes": classes,
        "clean": {"logits": clean.ravel().tolist(), "confidence": scores.tolist(), "labels": clean_labels.tolist()},
        "attacked": {"logits": attacked.ravel().tolist(), "confidence": tested.tolist(), "labels": labels.tolist()},
        "thresholds": thresholds, "rates": rates,
    }


cases = [
    case("MSP of 10 classes", 150, 10, 3, 6, "msp"),
    case("MLS of 10 classes", 150, 10, 3, 6, "mls"),
    case("ties", 120, 3, 2, 0, "mls"),
    case("two classes", 61, 2, 1, 3, "msp"),
    case("saturated", 60, 4, 400, 0, "msp"),
]
few = {
    "small numbers": [1.0, 2, 3],
    "saturated MSP": [0.5] + [float(numpy.float32(1 - 2**-24))] * 2 + [1.0] * 30,
    "some equal": numpy.arange(1.0, 200),
}
counts = [1, 2, 3, 10, 18, 19, 20, 21, 22, 39, 40, 41, 42, 60, 61, 99, 100, 101, 141, 200, 201]
tied = [{"name": name, **ties(count, values)} for name, values in few.items() for count in counts]
# 20 k + 1 scores, all different: the interpolated threshold is one of them
tied += [{"name": "exactly one", "scores": scores.tolist(), **quantiles(scores)}
         for scores in (random.permutation(20 * k + 1) + 1.0 for k in (1, 2, 3, 5, 9))]
made_by = f"tests/oracles/detection_accuracy.py, NumPy {numpy.__version__}, PyTorch {torch.__version__}"
with open(sys.argv[1], "w") as file:
    json.dump({"madeBy": made_by, "cases": cases, "ties": tied}, file)
