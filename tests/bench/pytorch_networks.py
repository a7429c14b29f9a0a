"""The networks as one would write them in PyTorch: the benchmark's other side.

`cases()` gives (name, variants) with the names of network_cases.ts; variants are (what is special about it, make),
of which the fastest counts. `make()` gives a function that does one training step or one inference.
"""

import torch
from torch import nn
import torch.nn.functional as F


class LeNet(nn.Sequential):
    def __init__(self, classes):
        super().__init__(
            nn.BatchNorm2d(1),
            nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(256, 50), nn.ReLU(), nn.Linear(50, classes),
        )


class ConvNet(nn.Sequential):
    def __init__(self, classes):
        super().__init__(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
            nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
            nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
            nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
            nn.Conv2d(32, classes, 3), nn.Flatten(),
        )


class Mlp(nn.Sequential):
    def __init__(self, classes):
        super().__init__(
            nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(),
            nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, classes),
        )


def adam(parameters, **options):
    return torch.optim.Adam(parameters, lr=1e-3, **options)


# The two that PyTorch chooses from by itself; fused=True has to be asked for.
ADAMS = {
    "for-loop Adam": lambda parameters: adam(parameters, foreach=False),
    "foreach Adam": lambda parameters: adam(parameters, foreach=True),
}
MNIST = {"shape": (1, 28, 28), "classes": 10, "batch_size": 128, "optimizers": ADAMS}

# A network here and in network_cases.ts is two rows.
NETWORKS = {
    "lenet": (LeNet, MNIST),
    "convnet": (ConvNet, MNIST),
    "mlp": (Mlp, MNIST),
}
FORMATS = {"default format": torch.contiguous_format, "channels last": torch.channels_last}


def build(network, settings, memory_format):
    torch.manual_seed(0)
    images = torch.rand(settings["batch_size"], *settings["shape"])
    labels = torch.randint(0, settings["classes"], (settings["batch_size"],))
    model = network(settings["classes"]).to(memory_format=memory_format)
    return model, images.to(memory_format=memory_format), labels


def training(network, settings, memory_format, optimizer_of):
    model, images, labels = build(network, settings, memory_format)
    model.train()
    optimizer = optimizer_of(model.parameters())

    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()

    return step


def inference(network, settings, memory_format):
    model, images, _ = build(network, settings, memory_format)
    model.eval()

    @torch.inference_mode()
    def step():
        model(images)

    return step


def cases():
    for name, (network, settings) in NETWORKS.items():
        yield f"train/{name}", [
            (f"{f}, {o}", lambda n=network, s=settings, m=memory, a=optimizer: training(n, s, m, a))
            for f, memory in FORMATS.items()
            for o, optimizer in settings["optimizers"].items()
        ]
        yield f"infer/{name}", [
            (f, lambda n=network, s=settings, m=memory: inference(n, s, m))
            for f, memory in FORMATS.items()
        ]
