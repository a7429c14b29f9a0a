"""Trains a network for some steps and prints the process's status: CASE STEPS THREADS. Used by peak_memory.ts."""

import sys

import torch

import pytorch_networks

name, steps, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
step = dict(pytorch_networks.cases())[name][0][1]()
for _ in range(steps):
    step()
print(open("/proc/self/status").read())
