"""Golden files of LeNet, ConvNet and MLP for other classes and images than MNIST's: tests/fixtures/goldens/fresh/.

    python tests/oracles/goldens.py

Needs torch and numpy. Weights, buffers, images and labels are filled by the rule of the golden files; the networks are written
here in plain PyTorch, in float64, and PyTorch's own float32 error is measured beside it.
"""

import copy
import json
import math
import pathlib

import numpy
import torch
import torch.nn.functional as F
from torch import nn

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "goldens" / "fresh"


class LeNet(nn.Module):
    def __init__(self, channels, height, width, classes, extra):
        super().__init__()
        if extra == "bn":
            self.bn0 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, 16, 5)
        if extra == "prelu":
            self.act1 = nn.PReLU()
        self.conv2 = nn.Conv2d(16, 16, 5)
        if extra == "prelu":
            self.act2 = nn.PReLU()
        side = lambda size: ((size - 4) // 2 - 4) // 2
        self.fc1 = nn.Linear(16 * side(height) * side(width), 50)
        self.fc2 = nn.Linear(50, classes)
        self.extra = extra

    def forward(self, x):
        act1, act2 = (self.act1, self.act2) if self.extra == "prelu" else (F.relu, F.relu)
        x = self.bn0(x) if self.extra == "bn" else x
        x = F.max_pool2d(act1(self.conv1(x)), 2)
        x = F.max_pool2d(act2(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class ConvNet(nn.Module):
    def __init__(self, channels, height, width, classes, head):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 32, 3, padding=1)
        self.conv3 = nn.Conv2d(32, 32, 3, padding=1)
        self.conv4 = nn.Conv2d(32, 32, 3, padding=1)
        self.conv5 = nn.Conv2d(32, classes, 3, padding=0 if head == "a" else 1)
        self.head = head

    def forward(self, x):
        for conv in (self.conv1, self.conv2, self.conv3):
            x = F.avg_pool2d(F.relu(conv(x)), 2)
        x = F.relu(self.conv4(x))
        if self.head == "b":
            x = F.avg_pool2d(x, 2)
        x = self.conv5(x)
        return x.mean((2, 3)) if self.head == "c" else x.flatten(1)


class Mlp(nn.Module):
    def __init__(self, channels, height, width, classes, _):
        super().__init__()
        self.fc1 = nn.Linear(channels * height * width, 200)
        self.fc2 = nn.Linear(200, 200)
        self.fc3 = nn.Linear(200, 200)
        self.fc4 = nn.Linear(200, classes)

    def forward(self, x):
        x = x.flatten(1)
        for layer in (self.fc1, self.fc2, self.fc3):
            x = F.relu(layer(x))
        return self.fc4(x)


def uniform(k, size):
    i = numpy.arange(1, size + 1, dtype=numpy.uint32)
    h = i * numpy.uint32(0x9E3779B1) ^ numpy.uint32((k + 1) * 0x85EBCA6B % 2**32)
    h ^= h >> 15
    h *= numpy.uint32(0x2C1B3C6D)
    h ^= h >> 12
    h *= numpy.uint32(0x297A2D39)
    h ^= h >> 15
    return h / 4294967296


# The rule's own check values.
assert uniform(0, 2).tolist() == [0.11688531329855323, 0.32712146849371493]
assert uniform(1, 1)[0] == 0.25758417742326856 and uniform(57, 123457)[-1] == 0.9998538405634463


def fill(model):
    with torch.no_grad():
        for k, (name, parameter) in enumerate(model.named_parameters()):
            v = 2 * uniform(k, parameter.numel()) - 1
            if name.endswith("logit_scale"):
                v = 4 + 2 * v
            elif name.endswith("weight") and parameter.dim() >= 2:
                v = v * math.sqrt(6 / (parameter.numel() / parameter.shape[0]))
            elif name.endswith("weight"):
                v = 1 + 0.2 * v
            else:
                v = 0.2 * v
            parameter.copy_(torch.tensor(v).reshape(parameter.shape))
        for name, buffer in model.named_buffers():
            i = torch.arange(buffer.numel(), dtype=torch.float64)
            if name.endswith("running_mean"):
                buffer.copy_(0.01 * torch.cos(i))
            if name.endswith("running_var"):
                buffer.copy_(1 + 0.1 * torch.sin(i) ** 2)


def images(count, shape):
    size = count * math.prod(shape)
    return (0.5 + 0.5 * torch.sin(0.01 * torch.arange(size, dtype=torch.float64))).reshape(count, *shape)


# What the loss of an auxiliary head counts (torchvision's reference training).
AUXILIARY_WEIGHT = 0.4


def training_step(model, shape, classes):
    """Logits, loss and the norms of the gradients, None for parameters without one; nothing is dropped."""
    model.train()
    for part in model.modules():
        for probability in ("p", "drop_prob"):
            if isinstance(getattr(part, probability, None), float):
                setattr(part, probability, 0.0)
    dtype = next(model.parameters()).dtype
    output = model(images(4, shape).to(dtype))
    labels = (3 * torch.arange(4) + 1) % classes
    logits, *auxiliary = output if isinstance(output, tuple) else (output,)
    loss = F.cross_entropy(logits, labels)
    for head in auxiliary:
        loss = loss + AUXILIARY_WEIGHT * F.cross_entropy(head, labels)
    loss.backward()
    norms = [None if p.grad is None else p.grad.norm().item() for p in model.parameters()]
    return logits.detach(), loss.item(), norms


def rounded(x):
    if isinstance(x, (list, tuple)):
        return [rounded(item) for item in x]
    return float(f"{x:.9g}") if isinstance(x, float) else x


def golden(network, make, shape, classes, option=None):
    torch.manual_seed(0)
    name = f"{network}_c{classes}_{'x'.join(map(str, shape))}"
    contents = golden_of(network, make(*shape, classes, option), shape, classes)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(contents, indent=1) + "\n")


def golden_of(network, model, shape, classes, auxiliary=None):
    """The contents of a golden file; `auxiliary` gives the logits of an auxiliary head in eval mode."""
    exact = model.double()
    fill(exact)
    single = copy.deepcopy(exact).float()
    exact.eval(), single.eval()
    with torch.no_grad():
        evaluated = exact(images(2, shape))
        error = (single(images(2, shape).float()).double() - evaluated).abs().max().item()
        auxiliary_logits = auxiliary(exact, images(2, shape)) if auxiliary else None
    logits, loss, norms = training_step(exact, shape, classes)
    _, loss32, norms32 = training_step(single, shape, classes)
    largest = max(norm for norm in norms if norm)
    # Sums that are 0 but for rounding have no relative error.
    relative = sorted(abs(a / b - 1) for a, b in zip(norms32, norms) if b and b > 1e-12 * largest)
    buffers = [(name, b) for name, b in exact.named_buffers() if not name.endswith("num_batches_tracked")]
    statistics = [[name, b[:3].tolist()] for name, b in buffers if "running_" in name]
    return {
        "network": network,
        "madeBy": f"tests/oracles/goldens.py, torch {torch.__version__}, numpy {numpy.__version__}",
        "inputShapeNCHW": [2, *shape],
        "outputShape": [2, classes],
        "trainableParams": sum(p.numel() for p in exact.parameters()),
        "eval": {
            "outMean": rounded(evaluated.mean().item()),
            "outStd": rounded(evaluated.std(correction=0).item()),
            "outL2": rounded(evaluated.norm().item()),
            "float32MaxAbsDiff": rounded(error),
            "logits": rounded(evaluated[:, :10].tolist()),
            **({"auxLogits": rounded(auxiliary_logits[:, :10].tolist())} if auxiliary else {}),
            "checkpoints": [],
        },
        "train": {
            "loss": rounded(loss),
            "logits": rounded(logits[:, :10].tolist()),
            "runningStatsAfterForward": rounded(statistics),
            "float32LossDiff": rounded(abs(loss32 - loss)),
            "float32GradL2MaxRelDiff": rounded(relative[-1]),
            "float32GradL2MedianRelDiff": rounded(relative[len(relative) // 2]),
        },
        "params": [
            [k, name, list(p.shape), rounded(norms[k])] for k, (name, p) in enumerate(exact.named_parameters())
        ],
        "buffers": [[name, list(b.shape)] for name, b in buffers],
    }


if __name__ == "__main__":
    golden("lenet_bn", LeNet, (3, 32, 32), 7, "bn")
    golden("lenet_prelu", LeNet, (2, 28, 28), 12, "prelu")
    golden("lenet_plain", LeNet, (1, 20, 25), 3, "plain")
    golden("convnet_a", ConvNet, (3, 30, 25), 7, "a")
    golden("convnet_b", ConvNet, (1, 16, 21), 5, "b")
    golden("convnet_c", ConvNet, (1, 40, 40), 4, "c")
    golden("mlp", Mlp, (3, 8, 9), 5)
