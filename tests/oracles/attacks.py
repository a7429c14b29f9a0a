"""AutoAttack as torchattacks and as its authors run it, with random numbers that tests/attacks/hashed_source.ts makes too.

    python tests/oracles/attacks.py fixture tests/fixtures/attacks --original FOLDER
    python tests/oracles/attacks.py run REQUEST.json ANSWER.safetensors [--original FOLDER]

Needs torch, numpy, safetensors and torchattacks==3.5.1 (install it with --no-deps). FOLDER is a checkout of fra31/auto-attack
(a392200), which is on no package index; it is needed for the preset "standard" alone.
"""

import json
import math
import pathlib
import sys
import time

import numpy
import torch
from safetensors.numpy import load_file, save_file
from torch import nn

import goldens

ATTACKS = ["apgd-ce", "apgd-t", "fab-t", "square"]


class Hashed:
    """Stands in for torch's random numbers; seeding starts it anew."""

    def __init__(self):
        self.drawn = 0

    def numbers(self, count):
        counter = numpy.arange(self.drawn, self.drawn + count, dtype=numpy.uint64)
        self.drawn += count
        h = ((counter + 1) * 0x9E3779B1).astype(numpy.uint32)
        h = (h ^ (h >> 16)) * numpy.uint32(0x85EBCA6B)
        h = (h ^ (h >> 13)) * numpy.uint32(0xC2B2AE35)
        h = h ^ (h >> 16)
        return (h >> 8).astype(numpy.float64) * 2.0**-24

    def rand(self, *shape, **_):
        shape = tuple(shape[0]) if not isinstance(shape[0], int) else shape
        return torch.from_numpy(self.numbers(math.prod(shape)).astype(numpy.float32)).reshape(shape)

    def randn(self, *shape, **_):
        shape = tuple(shape[0]) if not isinstance(shape[0], int) else shape
        pairs = self.numbers(2 * math.prod(shape)).reshape(-1, 2)
        values = numpy.sqrt(-2 * numpy.log(1 - pairs[:, 0])) * numpy.cos(2 * numpy.pi * pairs[:, 1])
        return torch.from_numpy(values.astype(numpy.float32)).reshape(shape)

    def seed(self, _):
        self.drawn = 0


def inject():
    """Puts the hashed numbers in the place of torch's; a seeded call starts them anew."""
    hashed = Hashed()
    torch.rand, torch.randn, torch.random.manual_seed = hashed.rand, hashed.randn, hashed.seed


def torchattacks_attacks(model, norm, epsilon, targets):
    import torchattacks

    name = {"linf": "Linf", "l2": "L2"}[norm]
    whole = torchattacks.AutoAttack(model, norm=name, eps=epsilon, n_classes=targets + 1, seed=0)
    return whole._autoattack.attacks


def predictions(model, images):
    with torch.no_grad():
        return model(images).argmax(1)


def run_torchattacks(model, images, labels, norm, epsilon, batch_size, targets, queries=5000):
    """As MultiAttack does, each attack on what those before it left: which attack fooled each image (0: none,
    1: misclassified), images, seconds."""
    attacks = torchattacks_attacks(model, norm, epsilon, targets)
    attacks[3].n_queries = queries
    adversarial, seconds = images.clone(), [0.0] * 4
    fooled_by = (predictions(model, images) != labels).to(torch.uint8)
    for i, attack in enumerate(attacks):
        remaining = (fooled_by == 0).nonzero().flatten()
        if len(remaining) == 0:
            break
        start = time.perf_counter()
        for left in torch.split(remaining, batch_size):
            changed = attack(images[left], labels[left])
            wrong = predictions(model, changed) != labels[left]
            adversarial[left[wrong]] = changed[wrong]
            fooled_by[left[wrong]] = 2 + i
        seconds[i] = time.perf_counter() - start
    return fooled_by, adversarial, seconds


def run_original(folder, model, images, labels, norm, epsilon, batch_size, targets, queries=5000):
    """As run_standard_evaluation does, one attack after the other on the images that are still robust."""
    sys.path.insert(0, str(folder))
    from autoattack import AutoAttack

    name = {"linf": "Linf", "l2": "L2"}[norm]
    whole = AutoAttack(model, norm=name, eps=epsilon, seed=0, verbose=False, device="cpu")
    whole.square.n_queries = queries
    whole.apgd_targeted.n_target_classes = whole.fab.n_target_classes = targets
    adversarial, seconds = images.clone(), [0.0] * 4
    fooled_by = (predictions(model, images) != labels).to(torch.uint8)
    for i, attack in enumerate(ATTACKS):
        left = (fooled_by == 0).nonzero().flatten()
        if len(left) == 0:
            break
        whole.attacks_to_run = [attack]
        start = time.perf_counter()
        changed, now = whole.run_standard_evaluation(images[left], labels[left], bs=batch_size, return_labels=True)
        seconds[i] = time.perf_counter() - start
        wrong = now != labels[left]
        adversarial[left[wrong]] = changed[wrong]
        fooled_by[left[wrong]] = 2 + i
    return fooled_by, adversarial, seconds


def load_model(weights, network, shape, classes):
    height, width, channels = shape
    if network == "lenet":
        model = goldens.LeNet(channels, height, width, classes, "bn")
    else:
        from networks import build

        model = build(network, classes)
    model.float()
    if weights is not None:
        model.load_state_dict({k: torch.from_numpy(v) for k, v in load_file(weights).items()}, strict=False)
    return model.eval()


def run(request, answer, original):
    """Images and labels from a safetensors file (NHWC uint8), weights by PyTorch's names."""
    torch.set_num_threads(request.get("threads", 1))
    inject()
    tensors = load_file(request["images"])
    images = torch.from_numpy(tensors["images"]).permute(0, 3, 1, 2).float().div(255).contiguous()
    labels = torch.from_numpy(tensors["labels"].astype(numpy.int64))
    model = load_model(request["weights"], request["network"], tensors["images"].shape[1:], request["classes"])
    settings = [request[key] for key in ("norm", "epsilon", "batchSize", "targets")]
    if request["preset"] == "standard":
        result = run_original(original, model, images, labels, *settings)
    else:
        result = run_torchattacks(model, images, labels, *settings)
    fooled_by, adversarial, seconds = result
    save_file({
        "fooled_by": fooled_by.numpy(),
        "adversarial": adversarial.detach().permute(0, 2, 3, 1).contiguous().numpy(),
    }, answer, metadata={"seconds": json.dumps(seconds), "torch": torch.__version__})


class Small(nn.Module):
    """The network of tests/attacks/small_network.ts: 72 inputs (6 x 6 x 2, channels last), 24 ReLUs, weights from the hash."""

    def __init__(self, classes):
        super().__init__()
        numbers = Hashed().numbers(72 * 24 + 24 * classes).astype(numpy.float32) - numpy.float32(0.5)
        self.first = torch.from_numpy(numbers[:72 * 24].reshape(72, 24))
        self.second = torch.from_numpy(numbers[72 * 24:].reshape(24, classes))

    def forward(self, x):
        rows = x.permute(0, 2, 3, 1).flatten(1)
        return torch.relu((rows - 0.5) @ self.first) @ self.second


def small_cases(folder, original):
    """Every eighth image has a wrong label. Epsilons at which some images resist and all attacks have something to do."""
    cases = []
    for preset in ["torchattacks", "standard"]:
        for norm, epsilon in [("linf", 0.03), ("l2", 0.2)]:
            for classes in ([10, 4] if preset == "torchattacks" else [4]):
                cases.append({"preset": preset, "norm": norm, "epsilon": epsilon, "classes": classes, "count": 48,
                              "batchSize": 20, "targets": min(9, classes - 1), "queries": 500})
    tensors = {}
    for i, case in enumerate(cases):
        model = Small(case["classes"])
        numbers = Hashed().numbers(72 * case["count"]).astype(numpy.float32)
        images = torch.from_numpy(numbers.reshape(-1, 6, 6, 2)).permute(0, 3, 1, 2).contiguous()
        labels = predictions(model, images)
        labels[::8] = (labels[::8] + 1) % case["classes"]
        settings = [case[key] for key in ("norm", "epsilon", "batchSize", "targets", "queries")]
        if case["preset"] == "standard":
            fooled_by, adversarial, _ = run_original(original, model, images, labels, *settings)
        else:
            fooled_by, adversarial, _ = run_torchattacks(model, images, labels, *settings)
        print(case, numpy.bincount(fooled_by.numpy(), minlength=6))
        tensors[f"{i}.labels"] = labels.to(torch.int32).numpy()
        tensors[f"{i}.fooled_by"] = fooled_by.numpy()
        tensors[f"{i}.adversarial"] = adversarial.detach().permute(0, 2, 3, 1).contiguous().numpy()
    save_file(tensors, folder / "small.safetensors", metadata={
        "script": "tests/oracles/attacks.py", "torch": torch.__version__, "torchattacks": "3.5.1",
        "autoattack": "fra31/auto-attack a392200", "cases": json.dumps(cases)})


def projections():
    """Random projections onto hyperplanes within the unit box: the least L-infinity norm by linear programming, L2's by SLSQP."""
    import scipy
    from scipy.optimize import linprog, minimize

    random = numpy.random.default_rng(0)
    cases = []
    for _ in range(40):
        n = 8
        t, w = random.random(n).round(3), random.normal(size=n).round(3)
        t[random.random(n) < 0.2] = random.integers(0, 2)
        lowest, highest = numpy.minimum(w, 0).sum(), numpy.maximum(w, 0).sum()
        b = round(lowest + (highest - lowest) * random.uniform(0.05, 0.95), 4)
        # Variables d and the bound s of their sizes; least s.
        bounds = [(-x, 1 - x) for x in t] + [(0, None)]
        size = numpy.hstack([numpy.vstack([numpy.eye(n), -numpy.eye(n)]), -numpy.ones((2 * n, 1))])
        program = linprog(numpy.r_[numpy.zeros(n), 1], A_ub=size, b_ub=numpy.zeros(2 * n),
                          A_eq=numpy.r_[w, 0][None], b_eq=[b - w @ t], bounds=bounds)
        assert program.success
        square = minimize(lambda d: d @ d, program.x[:n], jac=lambda d: 2 * d, bounds=bounds[:n], method="SLSQP",
                          constraints={"type": "eq", "fun": lambda d: w @ (t + d) - b, "jac": lambda d: w},
                          options={"ftol": 1e-14, "maxiter": 500})
        assert square.success
        cases.append({"t": t.tolist(), "w": w.tolist(), "b": b, "length": program.fun, "l2": square.x.tolist()})
    return {"script": "tests/oracles/attacks.py", "scipy": scipy.__version__, "numpy": numpy.__version__, "cases": cases}


def main():
    mode, *arguments = sys.argv[1:]
    original = None
    if "--original" in arguments:
        at = arguments.index("--original")
        original = pathlib.Path(arguments[at + 1]).resolve()
        del arguments[at:at + 2]
    if mode == "fixture":
        folder = pathlib.Path(arguments[0])
        folder.mkdir(exist_ok=True)
        torch.set_num_threads(1)
        inject()
        small_cases(folder, original)
        (folder / "projections.json").write_text(json.dumps(projections()))
    if mode == "run":
        run(json.loads(pathlib.Path(arguments[0]).read_text()), arguments[1], original)


if __name__ == "__main__":
    main()
