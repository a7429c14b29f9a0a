"""Writes tests/fixtures/evaluation/rejection.json: FPR95 and AUPR by scikit-learn (as OpenOOD 1.5 calls it) and by
pytorch-ood.

python tests/oracles/rejection.py tests/fixtures/evaluation/rejection.json
"""

import importlib.metadata
import json
import sys

import numpy
import sklearn
import torch
from pytorch_ood.metrics import functional
from sklearn.metrics import auc, precision_recall_curve, roc_curve

random = numpy.random.default_rng(0)


def case(name, known, unknown):
    known, unknown = numpy.asarray(known, float), numpy.asarray(unknown, float)
    confidence = numpy.r_[known, unknown]
    is_known = numpy.r_[numpy.ones(len(known)), numpy.zeros(len(unknown))]

    def fpr(positive, score):
        # every threshold: with its default, roc_curve leaves some out, and the first with 95 % may be one of them
        false, true, _ = roc_curve(positive, score, drop_intermediate=False)
        return float(false[numpy.argmax(true >= 0.95)])

    def area(positive, score):
        precision, recall, _ = precision_recall_curve(positive, score)
        return float(auc(recall, precision))

    result = {
        "name": name, "known": known.tolist(), "unknown": unknown.tolist(),
        "fprUnknown": fpr(1 - is_known, -confidence), "fprKnown": fpr(is_known, confidence),
        "auprIn": area(is_known, confidence), "auprOut": area(1 - is_known, -confidence),
    }
    scores, labels = torch.from_numpy(-confidence), torch.from_numpy(is_known * 2 - 1).long()
    other = {
        "fprUnknown": functional.fpr_at_tpr(scores, labels), "auprIn": functional.aupr(scores, labels, "id"),
        "auprOut": functional.aupr(scores, labels, "ood"),
    }
    for key, value in other.items():
        assert abs(float(value) - result[key]) < 1e-12, (name, key, float(value), result[key])
    return result


cases = [
    case("no ties", random.normal(1, 1, 150), random.normal(0, 1, 211)),
    case("one decimal", random.random(200).round(1), (random.random(150) ** 2).round(1)),
    case("two values", random.integers(0, 2, 97), random.integers(0, 2, 113)),
    case("saturated", numpy.minimum(1, random.normal(1.1, 0.2, 180)), numpy.minimum(1, random.normal(0.9, 0.2, 140))),
    case("all equal", numpy.ones(31), numpy.ones(17)),
    case("one each", [0.25], [0.5]),
    case("one each, the right way", [0.5], [0.25]),
    case("exactly 95 of 100", numpy.arange(100) + 4.5, numpy.arange(100)),
    case("exactly 19 of 20", numpy.arange(20) + 18.5, numpy.arange(20)),
    case("far apart", numpy.arange(40) + 100, numpy.arange(30)),
    case("the wrong way", numpy.arange(30), numpy.arange(40) + 100),
    case("many against few", random.normal(1, 1, 400), random.normal(0, 1, 7)),
    case("few against many", random.normal(1, 1, 7).round(1), random.normal(0, 1, 400).round(1)),
]
versions = {name: importlib.metadata.version(name) for name in ("scikit-learn", "pytorch-ood", "numpy")}
json.dump({"madeBy": "tests/oracles/rejection.py", "versions": versions, "cases": cases}, open(sys.argv[1], "w"))
