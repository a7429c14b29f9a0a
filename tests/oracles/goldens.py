"""Golden files of LeNet, ConvNet and MLP for other classes and images than MNIST's: tests/fixtures/goldens/fresh/.

    python tests/oracles/goldens.py

Needs torch and numpy. Weights, buffers, images and labels are filled by the rule of the golden files; the networks are written
here in plain PyTorch, in float64, and PyTorch's own float32 error is measured beside it, of contiguous and of channels-last memory:
the larger one counts.

A pre-activation within float32's rounding of a kink makes gradients differ by far more than rounding. Therefore the biases before
activations with kinks get a nudge of the rule's own biases: a digit per channel, times NUDGE, such that the pre-activations of the
training step keep away from the kinks. The file lists the digits. Besides the norm of each gradient it has a signed projection.
"""

import copy
import json
import math
import pathlib

import numpy
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

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


def drop_nothing(model):
    for part in model.modules():
        for probability in ("p", "drop_prob", "_drop_connect_rate"):
            if isinstance(getattr(part, probability, None), float):
                setattr(part, probability, 0.0)


# Where the derivatives of activations jump.
KINKS = {
    "relu": (0.0,),
    "prelu": (0.0,),
    "_prelu_kernel": (0.0,),
    "hardtanh": (0.0, 6.0),
    "hardswish": (-3.0, 3.0),
    "hardsigmoid": (-3.0, 3.0),
}
# Of biases, which are 0.2 at most before it.
NUDGE = 0.02


class Nudging(TorchDispatchMode):
    """Moves the inputs of activations away from their kinks, by the bias of the module that ran before."""

    def __init__(self, model):
        super().__init__()
        self.digits = {}
        self.closest = math.inf
        self.names = {parameter: name for name, parameter in model.named_parameters()}
        self.bias = None
        self.hooks = [part.register_forward_hook(self.note) for part in model.modules() if not list(part.children())]

    def note(self, module, _, __):
        if getattr(module, "bias", None) is not None:
            # Of linear layers the channels are last.
            self.bias, self.axis = module.bias, -1 if isinstance(module, nn.Linear) else 1

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kinks = KINKS.get(function._schema.name.removeprefix("aten::").rstrip("_"))
        if kinks is not None:
            self.nudge(args[0], kinks)
        return function(*args, **(kwargs or {}))

    def nudge(self, x, kinks):
        name = self.names[self.bias]
        assert name not in self.digits, f"{name} is before two activations"
        channels = x.movedim(self.axis, -1)
        columns = channels.flatten(0, -2).T
        distances = torch.stack(
            [torch.stack([(columns + NUDGE * d - k).abs().amin(1) for k in kinks]).amin(0) for d in range(10)]
        )
        best, digits = distances.max(0)
        self.closest = min(self.closest, best.min().item())
        self.digits[name] = "".join(map(str, digits.tolist()))
        shift = NUDGE * digits.double()
        self.bias.data += shift
        channels += shift

    def remove(self):
        for hook in self.hooks:
            hook.remove()


def nudged(model, shape):
    """Nudges the biases for a training step; running statistics stay. Gives the digits by the biases' names."""
    statistics = copy.deepcopy(dict(model.named_buffers()))
    model.train()
    drop_nothing(model)
    with torch.no_grad(), (nudging := Nudging(model)):
        model(images(4, shape).to(next(model.parameters()).dtype))
    nudging.remove()
    for name, buffer in model.named_buffers():
        buffer.copy_(statistics[name])
    if nudging.digits:
        print(f"  the closest pre-activation is {nudging.closest:.1e} from its kink")
    return nudging.digits


# The directions of projections are those of the rule, for parameters far beyond a network's own.
DIRECTIONS = 2**20


def projection(k, gradient):
    direction = torch.tensor(2 * uniform(DIRECTIONS + k, gradient.numel()) - 1)
    return (gradient.double().flatten() @ direction).item()


def labels_of_images(logits):
    return (3 * torch.arange(len(logits)) + 1) % logits.shape[1]


def training_step(model, shape, labels_of=labels_of_images):
    """Logits, loss, and norm and projection of every gradient, None for parameters without one; nothing is dropped."""
    model.train()
    drop_nothing(model)
    dtype = next(model.parameters()).dtype
    output = model(images(4, shape).to(dtype))
    logits, *auxiliary = output if isinstance(output, tuple) else (output,)
    labels = labels_of(logits)
    loss = F.cross_entropy(logits, labels)
    for head in auxiliary:
        loss = loss + AUXILIARY_WEIGHT * F.cross_entropy(head, labels)
    loss.backward()
    gradients = [
        None if p.grad is None else (p.grad.double().norm().item(), projection(k, p.grad))
        for k, p in enumerate(model.parameters())
    ]
    return logits.detach().double(), loss.item(), gradients


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


def first_logits(logits):
    return {"logits": rounded(logits[:, :10].tolist())}


def float32_errors(exact, single, statistics, shape, labels_of):
    """What a training step in float32 is off by, `exact` being what it gives in float64."""
    logits, loss, gradients = exact
    logits32, loss32, gradients32 = training_step(single, shape, labels_of)
    largest = max(each[0] for each in gradients if each)
    # Sums that are 0 but for rounding have no relative error.
    pairs = [(a, b) for a, b in zip(gradients32, gradients) if b and b[0] > 1e-12 * largest]
    norms = sorted(abs(a[0] / b[0] - 1) for a, b in pairs)
    projections = sorted(abs(a[1] - b[1]) / b[0] for a, b in pairs)
    buffers = dict(single.named_buffers())
    return {
        "float32LossDiff": abs(loss32 - loss),
        "float32LogitsMaxAbsDiff": (logits32 - logits).abs().max().item(),
        "float32GradL2MaxRelDiff": norms[-1],
        "float32GradL2MedianRelDiff": norms[len(norms) // 2],
        "float32ProjectionMaxRelDiff": projections[-1],
        "float32ProjectionMedianRelDiff": projections[len(projections) // 2],
        **{name: (buffers[name].double() - b).abs().max().item() for name, b in statistics},
    }


def golden_of(network, model, shape, classes, auxiliary=None, form=first_logits, labels_of=labels_of_images):
    """
    The contents of a golden file; `auxiliary` gives the logits of an auxiliary head in eval mode, `form` what of logits is
    stored, `labels_of` the labels for logits of a training step.
    """
    print(network)
    exact = model.double()
    fill(exact)
    digits = nudged(exact, shape)
    singles = [
        copy.deepcopy(exact).float().to(memory_format=layout)
        for layout in (torch.contiguous_format, torch.channels_last)
    ]
    exact.eval()
    with torch.no_grad():
        evaluated = exact(images(2, shape))
        error = max(
            (single.eval()(images(2, shape).float()).double() - evaluated).abs().max().item() for single in singles
        )
        auxiliary_logits = auxiliary(exact, images(2, shape)) if auxiliary else None
    step = training_step(exact, shape, labels_of)
    logits, loss, gradients = step
    buffers = [(name, b) for name, b in exact.named_buffers() if not name.endswith("num_batches_tracked")]
    statistics = [(name, b) for name, b in buffers if "running_" in name]
    errors = [float32_errors(step, single, statistics, shape, labels_of) for single in singles]
    worst = {name: max(each[name] for each in errors) for name in errors[0]}
    return {
        "network": network,
        "madeBy": f"tests/oracles/goldens.py, torch {torch.__version__}, numpy {numpy.__version__}",
        "inputShapeNCHW": [2, *shape],
        "outputShape": list(evaluated.shape),
        "trainableParams": sum(p.numel() for p in exact.parameters()),
        "nudges": digits,
        "eval": {
            "outMean": rounded(evaluated.mean().item()),
            "outStd": rounded(evaluated.std(correction=0).item()),
            "outL2": rounded(evaluated.norm().item()),
            "float32MaxAbsDiff": rounded(error),
            **form(evaluated),
            **({"auxLogits": rounded(auxiliary_logits[:, :10].tolist())} if auxiliary else {}),
            "checkpoints": [],
        },
        "train": {
            "loss": rounded(loss),
            **form(logits),
            # Of each: the first values, and PyTorch's float32 error of all of them.
            "runningStatsAfterForward": [
                [name, rounded(b[:3].tolist()), rounded(worst[name])] for name, b in statistics
            ],
            **{name: rounded(each) for name, each in worst.items() if name.startswith("float32")},
        },
        "params": [
            [k, name, list(p.shape), *(rounded(list(gradients[k])) if gradients[k] else [None])]
            for k, (name, p) in enumerate(exact.named_parameters())
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
