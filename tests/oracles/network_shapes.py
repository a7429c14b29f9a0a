"""Layers and multiplications of the networks, by PyTorch's hooks and its FLOP counter: tests/fixtures/networks/shapes.json.

Run from the project's folder: python -m tests.oracles.network_shapes (torch, torchvision).

The large networks stand with images smaller than the paper's, so that a test of them takes a second. `macs` is PyTorch's
count for a batch of two images, halved (evaluation mode; two FLOPs are one MAC). `layers`: the convolutions and linear layers
in the order of their calls, each [name, shape of an input, shape of an output, parameters], in PyTorch's order C, H, W.
"""

import json
import math
from pathlib import Path

import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .goldens import ConvNet, LeNet, Mlp
from .networks import build

CASES = [
    ("resnet32", 10, 32),
    ("mobilenet_v3_small", 10, 32),
    ("mobilenet_v3_large", 100, 32),
    ("resnet18", 100, 32),
    ("parn18", 100, 32),
    ("resnet18", 200, 64),
    ("inception", 200, 64),
    ("wrn22_10", 10, 8),
    ("wrn28_10", 200, 8),
    ("resnet50", 1000, 64),
    ("swin_v2_t", 1000, 64),
    ("vit_b_16", 1000, 32),
]
MNIST = [
    ("lenet", LeNet(1, 28, 28, 10, "bn")),
    ("convnet", ConvNet(1, 28, 28, 10, "a")),
    ("mlp", Mlp(1, 28, 28, 10, None)),
]


def case(name, model, classes, shape):
    layers = []

    def hook(layer_name):
        def note(module, inputs, output):
            count = sum(parameter.numel() for parameter in module.parameters())
            layers.append([layer_name, list(inputs[0].shape[1:]), list(output.shape[1:]), count])

        return note

    for layer_name, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(hook(layer_name))
    model.eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(2, *shape))
    macs = counter.get_total_flops() / 4
    assert macs == math.floor(macs)
    return {
        "network": name,
        "classes": classes,
        "inputShapeNCHW": list(shape),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "macs": int(macs),
        "layers": layers,
    }


def main():
    # Otherwise attention is one kernel that the counter does not know.
    torch.backends.mha.set_fastpath_enabled(False)
    cases = [case(name, model, 10, (1, 28, 28)) for name, model in MNIST]
    for name, classes, side in CASES:
        cases.append(case(name, build(name, classes, side), classes, (3, side, side)))
    path = Path("tests/fixtures/networks/shapes.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    contents = {
        "script": "tests/oracles/network_shapes.py",
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "cases": cases,
    }
    path.write_text(json.dumps(contents).replace('{"network"', '\n{"network"') + "\n")


if __name__ == "__main__":
    main()
