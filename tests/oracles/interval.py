"""Intervals for tests/reporting/interval_test.ts, by other means than the ones under test.

  python tests/oracles/interval.py > tests/fixtures/interval.json     (numpy 2, scipy 1.16)

- enumerated: every resample of n - 1 of n trials of small samples, its percentiles, widened by scipy's Student t, and at
  least t standard deviations of all resamples to both sides
- paired: scipy.stats.ttest_rel's interval of the first trials of that sample
- scipy: scipy.stats.bootstrap (percentile, paired) of one large sample, where n - 1 or n draws are all the same
"""
import itertools
import json

import numpy as np
from scipy import stats


def means(trials):
    return np.mean(trials, axis=0)


def enumerated(conditions, statistic):
    conditions = [np.array(trials, float) for trials in conditions]
    value = statistic([means(trials) for trials in conditions])
    choices = [
        [means(trials[list(draw)]) for draw in itertools.product(range(len(trials)), repeat=len(trials) - 1)]
        for trials in conditions
    ]
    values = np.sort([statistic(list(chosen)) for chosen in itertools.product(*choices)])
    freedom = sum(len(trials) - 1 for trials in conditions)
    student = stats.t.ppf(0.975, freedom)
    ends = [np.quantile(values, tail, method="inverted_cdf") for tail in (0.025, 0.975)]
    low, high = [value + student / stats.norm.ppf(0.975) * (end - value) for end in ends]
    least = student * np.std(values)
    return value, [min(low, value - least), max(high, value + least)]


def difference(ms):
    return float(np.mean([m[0] - m[1] for m in ms]))


def lead(ms):
    total = np.mean(ms, axis=0)
    return float(total[0] - max(total[1:]))


def paired(trials):
    """Student's own interval of the mean difference."""
    test = stats.ttest_rel(trials[:, 0], trials[:, 1])
    return list(test.confidence_interval(0.95))


rng = np.random.default_rng(1)
cases = []
for name, statistic, shape in [
    ("difference", difference, [(4, 2)]),
    ("difference", difference, [(3, 2), (3, 2)]),
    ("difference", difference, [(2, 2)]),
    ("lead", lead, [(2, 3)]),
    ("lead", lead, [(3, 3), (4, 3)]),
]:
    conditions = [np.round(rng.normal(size=s), 3).tolist() for s in shape]
    value, interval = enumerated(conditions, statistic)
    cases.append({"statistic": name, "conditions": conditions, "value": value, "interval": interval})

large = np.round(rng.normal([3.0, 2.0], [1.0, 0.5], size=(400, 2)), 4)
result = stats.bootstrap(
    (large[:, 0], large[:, 1]),
    lambda a, b, axis=-1: np.mean(a, axis=axis) / np.mean(b, axis=axis),
    paired=True, vectorized=True, n_resamples=100_000, method="percentile", rng=rng,
)
print(json.dumps({
    "enumerated": cases,
    "scipy": {
        "trials": large.tolist(),
        "interval": [result.confidence_interval.low, result.confidence_interval.high],
        "standardError": result.standard_error,
    },
    "paired": {str(n): paired(large[:n]) for n in (2, 3, 5)},
}))
