"""PyTorch's side of the benchmark, a process that lives as long as it: python pytorch_server.py THREADS.

Says {"torch": version} when it is ready. Then for every line {"name": ..., "seconds": ..., "compiled": ...} on its input
it runs that case for so long, and answers {"milliseconds": the least time of one step, "variant": what was run}. The
first time it tries a case's variants, and keeps to the fastest; "compiled" asks for that one compiled by torch.compile,
the first time with {"compileSeconds": what its first step took}. With "profile" the answer has "ops" too: for each op
its name, its milliseconds in a step without those of the ops that it calls, and its calls.
"""

import json
import sys
import time

import torch

import pytorch_losses
import pytorch_networks


def timed(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def least_time(step, seconds):
    least, steps, end = float("inf"), 0, time.perf_counter() + seconds
    while steps < 2 or time.perf_counter() < end:
        least = min(least, timed(step))
        steps += 1
    return 1000 * least


# Of steps that take longer than this one is enough to choose by.
LONG = 0.5


def fastest(variants, seconds):
    """The fastest variant's name and maker; two rounds, so that a moment's load on the machine decides less."""
    if len(variants) == 1:
        return variants[0]
    # One at a time, and made again: large networks would not fit side by side.
    times = {}
    for name, make in variants:
        step = make()
        is_long = timed(step) > LONG
        times[name] = 1000 * timed(step) if is_long else min(least_time(step, seconds), least_time(step, seconds))
        del step
    best = min(times, key=times.get)
    return best, dict(variants)[best]


PROFILED = 4


def profiled(step):
    """A step's processor time by op, the mean of a few."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        for _ in range(PROFILED):
            step()
    return [
        {"op": op.key, "milliseconds": op.self_cpu_time_total / 1000 / PROFILED, "calls": op.count / PROFILED}
        for op in profile.key_averages()
    ]


def answer(value):
    print(json.dumps(value), flush=True)


def main():
    torch.set_num_threads(int(sys.argv[1]))
    cases = dict(pytorch_networks.cases())
    cases.update((name, [("", make)]) for name, make in pytorch_losses.cases())
    answer({"torch": torch.__version__})
    present, steps = None, {}
    for line in sys.stdin:
        request = json.loads(line)
        if request["name"] != present:
            steps.clear()  # frees the case before
            present = request["name"]
            variant, make = fastest(cases[present], request["seconds"])
        compiled = request.get("compiled", False)
        result = {"variant": variant}
        if compiled not in steps:
            steps[compiled] = make(compiled)
            result["compileSeconds"] = timed(steps[compiled]) if compiled else 0
        result["milliseconds"] = least_time(steps[compiled], request["seconds"])
        if request.get("profile", False):
            result["ops"] = profiled(steps[compiled])
        answer(result)


main()
