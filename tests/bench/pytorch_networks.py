"""The networks as one would write them in PyTorch: the benchmark's other side.

`cases()` gives (name, variants) with the names of network_cases.ts; variants are (what is special about it, make),
of which the fastest counts. `make(compiled)` gives a function that does one training step, one inference or one gradient
by the pixels, of the network as it is or compiled by torch.compile.
"""

import json
import pathlib
import sys

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


MNIST = {"lenet": LeNet, "convnet": ConvNet, "mlp": Mlp}
# As network_cases.ts.
CHOICES = {
    "Adam": lambda parameters, **options: torch.optim.Adam(parameters, lr=1e-3, **options),
    "AdamW": lambda parameters, **options: torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.05, **options),
    "SGD": lambda parameters, **options: torch.optim.SGD(
        parameters, lr=0.01, momentum=0.9, weight_decay=5e-4, **options
    ),
}


def optimizers(name):
    """The two that PyTorch chooses from by itself; fused=True has to be asked for."""
    choice = "Adam" if name in MNIST else "AdamW" if name.startswith(("swin", "vit")) else "SGD"
    for way, foreach in (("for-loop", False), ("foreach", True)):
        yield f"{way} {choice}", lambda parameters, f=foreach: CHOICES[choice](parameters, foreach=f)


def make(name, classes):
    if name in MNIST:
        return MNIST[name](classes)
    if name.startswith("fpn_"):
        import segmentation_models_pytorch as smp

        encoder = name.removeprefix("fpn_").replace("efficientnet_b", "efficientnet-b")
        return smp.FPN(encoder, encoder_weights=None, classes=classes)
    # The oracles' definitions, which need torchvision.
    sys.path.insert(0, str(FOLDER.parent / "oracles"))
    from networks import build as build_network

    return build_network(name, classes)


FOLDER = pathlib.Path(__file__).parent
# The settings of both sides; a network there is two rows.
NETWORKS = json.loads((FOLDER / "networks.json").read_text())
FORMATS = {"default format": torch.contiguous_format, "channels last": torch.channels_last}


def is_of_pixels(settings):
    return settings["network"].startswith("fpn_")


def build(settings, memory_format):
    torch.manual_seed(0)
    height, width, channels = settings["inputShape"]
    images = torch.rand(settings["batchSize"], channels, height, width)
    of_labels = (settings["batchSize"], height, width) if is_of_pixels(settings) else (settings["batchSize"],)
    labels = torch.randint(0, settings["classes"], of_labels)
    model = make(settings["network"], settings["classes"]).to(memory_format=memory_format)
    return model, images.to(memory_format=memory_format), labels


def training(settings, memory_format, optimizer_of, compiled):
    model, images, labels = build(settings, memory_format)
    model.train()
    optimizer = optimizer_of(model.parameters())
    if compiled:
        model = torch.compile(model)

    def step():
        optimizer.zero_grad()
        outputs = model(images)
        if isinstance(outputs, tuple):  # Inception, with its auxiliary head
            loss = F.cross_entropy(outputs[0], labels) + 0.4 * F.cross_entropy(outputs[1], labels)
        else:
            loss = F.cross_entropy(outputs, labels)
        loss.backward()
        optimizer.step()

    return step


def inference(settings, memory_format, compiled):
    model, images, _ = build(settings, memory_format)
    model.eval()
    if compiled:
        model = torch.compile(model)

    @torch.inference_mode()
    def step():
        model(images)

    return step


def gradient_by_pixels(settings, memory_format, compiled):
    """Of each image's cross-entropy, with the weights held fixed, as attacks take it."""
    model, images, labels = build(settings, memory_format)
    model.eval().requires_grad_(False)
    images.requires_grad_(True)
    if compiled:
        model = torch.compile(model)

    def step():
        torch.autograd.grad(F.cross_entropy(model(images), labels, reduction="sum"), images)

    return step


def cases():
    for settings in NETWORKS:
        name = settings["network"]
        yield f"train/{name}", [
            (f"{f}, {o}", lambda compiled=False, s=settings, m=memory, a=optimizer: training(s, m, a, compiled))
            for f, memory in FORMATS.items()
            for o, optimizer in optimizers(name)
        ]
        if is_of_pixels(settings):
            continue
        for kind, step in (("infer", inference), ("gradient", gradient_by_pixels)):
            yield f"{kind}/{name}", [
                (f, lambda compiled=False, step=step, s=settings, m=memory: step(s, m, compiled))
                for f, memory in FORMATS.items()
            ]
