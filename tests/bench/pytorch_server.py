"""PyTorch's side of the benchmark, a process that lives as long as it: python pytorch_server.py THREADS.

Says {"torch": version} when it is ready. Then for every line {"name": ..., "seconds": ...} on its input it runs that
case for so long, and answers {"milliseconds": the least time of one step, "variant": what was run}. The first time
it tries a case's variants, and keeps to the fastest.
"""

import json
import sys
import time

import torch

import pytorch_losses
import pytorch_networks


def least_time(step, seconds):
    least, steps, end = float("inf"), 0, time.perf_counter() + seconds
    while steps < 2 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        least = min(least, time.perf_counter() - start)
        steps += 1
    return 1000 * least


def fastest(variants, seconds):
    """The fastest variant's name and step; two rounds, so that a moment's load on the machine decides less."""
    if len(variants) == 1:
        name, make = variants[0]
        return name, make()
    # One at a time, and made again: large networks would not fit side by side.
    times = {}
    for name, make in variants:
        step = make()
        times[name] = min(least_time(step, seconds), least_time(step, seconds))
        del step
    best = min(times, key=times.get)
    return best, dict(variants)[best]()


def answer(value):
    print(json.dumps(value), flush=True)


def main():
    torch.set_num_threads(int(sys.argv[1]))
    cases = dict(pytorch_networks.cases())
    cases.update((name, [("", make)]) for name, make in pytorch_losses.cases())
    answer({"torch": torch.__version__})
    present = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["name"] != present:
            step = None  # frees the case before
            present = request["name"]
            variant, step = fastest(cases[present], request["seconds"])
        answer({"milliseconds": least_time(step, request["seconds"]), "variant": variant})


main()
