"""Fifty steps of PyTorch's optimisers, learning rates of its schedules, and weights that PyTorch wrote.

    python tests/oracles/optimizers.py

Needs torch, numpy and safetensors. Writes tests/fixtures/optimizers/: steps.safetensors (the gradients of fifty steps are
sums of cosines, computed in the test as well; parameters after steps 1, 10 and 50), schedules.json, and
lenet_bn.safetensors (a state_dict() of a LeNet) and lenet_bn_answers.safetensors (its logits for random images).
"""

import json
import pathlib

import numpy
import safetensors
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "optimizers"
MADE_BY = (
    f"tests/oracles/optimizers.py, torch {torch.__version__}, numpy {numpy.__version__}, "
    f"safetensors {safetensors.__version__}"
)
STEPS = 50
CASES = {
    "sgd": {},
    "sgd momentum": {"momentum": 0.9},
    "sgd nesterov": {"momentum": 0.9, "nesterov": True},
    "sgd decay": {"weightDecay": 5e-2},
    "sgd momentum decay": {"momentum": 0.9, "weightDecay": 5e-2},
    "sgd nesterov decay": {"momentum": 0.8, "nesterov": True, "weightDecay": 5e-2},
    "adam": {},
    "adam decay": {"weightDecay": 5e-2},
    "adamw": {},
    "adamw decay": {"weightDecay": 5e-2},
}


def gradient(step, start, shift):
    """Noise around a slope towards zero, over five orders of magnitude; float32 in both programs."""
    i = numpy.arange(start.size)
    scale = 10.0 ** (-(i % 6))
    return (scale * (0.3 * start + numpy.cos(1.7 * step + 0.9 * i + shift))).astype(numpy.float32)


def optimizer_of(case, parameters, rate):
    choice = CASES[case]
    decay = choice.get("weightDecay", 0)
    if case.startswith("sgd"):
        momentum, nesterov = choice.get("momentum", 0), choice.get("nesterov", False)
        return torch.optim.SGD(parameters, rate, momentum=momentum, nesterov=nesterov, weight_decay=decay)
    kind = torch.optim.AdamW if case.startswith("adamw") else torch.optim.Adam
    return kind(parameters, rate, weight_decay=decay)


def rate_at(step):
    """Changes on the way, as a schedule does."""
    return 0.02 if step < 30 else 0.004


def steps():
    random = numpy.random.default_rng(3)
    starts = {"a": random.standard_normal((3, 4)).astype(numpy.float32), "b": numpy.ones(5, numpy.float32)}
    tensors = {f"start.{name}": torch.tensor(start) for name, start in starts.items()}
    for case in CASES:
        # In float64, from the same float32 start and gradients: a judge finer than both float32 programs.
        parameters = {name: nn.Parameter(torch.tensor(start).double()) for name, start in starts.items()}
        optimizer = optimizer_of(case, list(parameters.values()), rate_at(0))
        for step in range(STEPS):
            for shift, (name, parameter) in enumerate(parameters.items()):
                values = gradient(step, starts[name].reshape(-1).astype(numpy.float64), shift)
                parameter.grad = torch.tensor(values).double().reshape(parameter.shape)
            optimizer.param_groups[0]["lr"] = rate_at(step)
            optimizer.step()
            if step + 1 in (1, 10, STEPS):
                for name, parameter in parameters.items():
                    tensors[f"{case}.{step + 1}.{name}"] = parameter.detach().clone()
    metadata = {"made by": MADE_BY, "cases": json.dumps(CASES)}
    (FOLDER / "steps.safetensors").write_bytes(safetensors.torch.save(tensors, metadata))


def schedules():
    steps_per_epoch, epochs = 4, 12
    rates = {}
    for name, milestones, factor in (("two", [3, 7], 0.1), ("twice", [5, 5, 9], 0.5)):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.3)
        schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones, factor)
        values = []
        for _ in range(epochs):
            for _ in range(steps_per_epoch):
                values.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
            schedule.step()
        rates[name] = {
            "schedule": {"name": "steps", "milestones": milestones, "factor": factor},
            "initial": 0.3,
            "stepsPerEpoch": steps_per_epoch,
            "rates": values,
        }
    # pytorch_warmup.ExponentialWarmup(optimizer, warmup_period): omega(step, period) = 1 - exp(-(step + 1) / period),
    # with step 0 for the first update.
    period = 2 * steps_per_epoch
    rates["warmup"] = {
        "schedule": {"name": "exponential_warmup", "epochs": 2},
        "initial": 0.3,
        "stepsPerEpoch": steps_per_epoch,
        "rates": [0.3 * (1 - numpy.exp(-(step + 1) / period)) for step in range(epochs * steps_per_epoch)],
    }
    contents = {"madeBy": MADE_BY, "schedules": rates}
    (FOLDER / "schedules.json").write_text(json.dumps(contents, indent=1) + "\n")


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(1)
        self.conv1 = nn.Conv2d(1, 16, 5)
        self.conv2 = nn.Conv2d(16, 16, 5)
        self.fc1 = nn.Linear(256, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(self.bn0(x))), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def weights():
    torch.manual_seed(11)
    network = LeNet()
    images = torch.rand(3, 1, 28, 28)
    # One pass in training mode, so that the running statistics and the counter of batches are not their first values.
    network(images)
    network.eval()
    safetensors.torch.save_file(network.state_dict(), FOLDER / "lenet_bn.safetensors", {"made by": MADE_BY})
    (FOLDER / "lenet_bn.safetensors").chmod(0o644)
    with torch.no_grad():
        logits = network.double()(images.double()).float()
    answers = {"images": images.permute(0, 2, 3, 1).contiguous(), "logits": logits}
    (FOLDER / "lenet_bn_answers.safetensors").write_bytes(safetensors.torch.save(answers, {"made by": MADE_BY}))


FOLDER.mkdir(parents=True, exist_ok=True)
steps()
schedules()
weights()
