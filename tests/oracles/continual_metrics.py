"""Forgetting, backward and forward transfer of avalanche-lib 0.6.0 on random accuracies: tests/fixtures/evaluation/continual.json.

    python tests/oracles/continual_metrics.py

Needs avalanche-lib 0.6.0. avalanche-lib's forgetting of an experience is against its accuracy when it was learnt, not the best
one, so that it is the backward transfer with the other sign.
"""

import json
import pathlib
import random
import warnings

warnings.filterwarnings("ignore")

from avalanche.evaluation.metrics.forgetting_bwt import BWT, Forgetting  # noqa: E402
from avalanche.evaluation.metrics.forward_transfer import ForwardTransfer  # noqa: E402

FILE = pathlib.Path(__file__).parent.parent / "fixtures" / "evaluation" / "continual.json"


def mean(values):
    return sum(values) / len(values)


def case(tasks, generator):
    counts = [generator.randint(1, 400) for _ in range(tasks)]
    rows = [[generator.randint(0, count) for count in counts] for _ in range(tasks + 1)]
    before, *after = [[value / count for value, count in zip(row, counts)] for row in rows]
    forgetting, backward, forward = Forgetting(), BWT(), ForwardTransfer()
    for j in range(tasks):
        forward.update(j, before[j], initial=True)
    for k, row in enumerate(after):
        for metric in (forgetting, backward):
            metric.update(k, row[k], initial=True)
            for j in range(k):
                metric.update(j, row[j])
        if k + 1 < tasks:
            forward.update(k + 1, row[k + 1])
    past = range(tasks - 1)
    assert mean([forgetting.result()[j] for j in past]) == -mean([backward.result()[j] for j in past])
    return {
        "untrained": rows[0],
        "correct": rows[1:],
        "counts": counts,
        "backward": mean([backward.result()[j] for j in past]),
        "forward": mean([forward.result()[j + 1] for j in past]),
    }


generator = random.Random(4)
cases = [case(tasks, generator) for tasks in (2, 3, 5, 5, 7, 10)]
FILE.write_text(json.dumps({"madeBy": "tests/oracles/continual_metrics.py, avalanche-lib 0.6.0", "cases": cases}) + "\n")
