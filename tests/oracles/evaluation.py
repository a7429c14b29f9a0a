"""Writes tests/fixtures/evaluation/scores.json: AUROC by scikit-learn, MSP by PyTorch, histograms by NumPy.

python tests/oracles/evaluation.py tests/fixtures/evaluation/scores.json
"""

import json
import sys

import numpy
import sklearn
import torch
from sklearn.metrics import roc_auc_score

random = numpy.random.default_rng(0)


def auroc(name, known, unknown):
    labels = numpy.r_[numpy.ones(len(known)), numpy.zeros(len(unknown))]
    value = roc_auc_score(labels, numpy.r_[known, unknown])
    return {"name": name, "known": known.tolist(), "unknown": unknown.tolist(), "auroc": value}


aurocs = [
    auroc("no ties", random.normal(0.5, 1, 150), random.normal(0, 1, 211)),
    auroc("one decimal", random.random(200).round(1), (random.random(150) ** 2).round(1)),
    auroc("two values", random.integers(0, 2, 97).astype(float), random.integers(0, 2, 113).astype(float)),
    auroc("saturated", numpy.minimum(1, random.normal(1.1, 0.2, 180)), numpy.minimum(1, random.normal(0.9, 0.2, 140))),
    auroc("all equal", numpy.ones(31), numpy.ones(17)),
    auroc("one each", numpy.array([0.25]), numpy.array([0.5])),
    auroc("infinities", numpy.array([numpy.finfo(float).max, 0, 0]), numpy.array([0, -1e300])),
    auroc("neighbouring float32", numpy.float32(1) - numpy.arange(20, dtype=numpy.float32) * numpy.float32(2**-24),
          numpy.float32(1) - numpy.arange(0, 40, 2, dtype=numpy.float32) * numpy.float32(2**-24)),
]


def msp(classes, scale):
    logits = torch.from_numpy((random.normal(size=(40, classes)) * scale).astype(numpy.float32))
    scores = torch.softmax(logits, dim=1).max(dim=1).values
    exact = torch.softmax(logits.double(), dim=1).max(dim=1).values
    return {
        "classes": classes,
        "logits": logits.flatten().tolist(),
        "msp": scores.tolist(),
        "float64Msp": exact.tolist(),
        "mls": logits.max(dim=1).values.tolist(),
        "predictions": logits.argmax(dim=1).tolist(),
    }


# Two decimals and 50 bins, as Figure 4 has: values stand at the edges, which no float of two decimals is.
values = numpy.r_[random.random(300).round(2), numpy.arange(50) / 50, numpy.linspace(0, 1, 51)]
result = {
    "madeBy": f"tests/oracles/evaluation.py, scikit-learn {sklearn.__version__}, torch {torch.__version__}, numpy {numpy.__version__}",
    "aurocs": aurocs,
    "logits": [msp(2, 3), msp(10, 1), msp(10, 12), msp(10, 300)],
    "histogram": {"values": values.tolist(), "low": 0, "high": 1, "counts": numpy.histogram(values, 50, (0, 1))[0].tolist()},
}
with open(sys.argv[1], "w") as file:
    json.dump(result, file)
