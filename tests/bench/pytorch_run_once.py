"""Does the steps of a case and prints the process's status: CASE THREADS. Used by peak_memory.ts."""

import sys
import time

import torch

import pytorch_losses
import pytorch_networks

# As run_once.ts.
LEAST, MOST, SECONDS = 4, 200, 5

name, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
cases = {name: variants[0][1] for name, variants in pytorch_networks.cases()}
cases.update(pytorch_losses.cases())
step = cases[name]()
i, end = 0, time.perf_counter() + SECONDS
while i < LEAST or i < MOST and time.perf_counter() < end:
    step()
    i += 1
print(open("/proc/self/status").read())
