"""Traces of avalanche-lib 0.6.0's strategies on a small network: tests/fixtures/continual/.

    python tests/oracles/continual.py [trace ...]

Needs avalanche-lib 0.6.0 and torch, CPU. Every trace starts from the same weights and sees the same batches: three experiences
of ten steps of four images, the last of two. Where tasks have heads, a head starts from what it is when its task comes, and of
its rows only those of the task's own classes are stored. Stored are the loss and the weights after each step and the importances after each
experience, in float64, and how far the same run in float32 is from it, from which the tests derive their tolerance.

avalanche's Synaptic Intelligence stores views of the live parameters when it runs on the CPU, and so does nothing; here what it
stores is copied, as the transfer from a GPU does.
"""

import json
import pathlib
import sys
import warnings

warnings.filterwarnings("ignore")

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from avalanche.benchmarks import tensors_benchmark  # noqa: E402
from avalanche.core import SupervisedPlugin  # noqa: E402
from avalanche.models import MultiHeadClassifier, MultiTaskModule, SimpleMLP  # noqa: E402
from avalanche.training import storage_policy  # noqa: E402
from avalanche.training.plugins import SynapticIntelligencePlugin  # noqa: E402
from avalanche.training.supervised import EWC, LFL, LwF, Naive, SynapticIntelligence  # noqa: E402

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "continual"
FEATURES, HIDDEN, CLASSES = 8, 6, 6
EXPERIENCES, SAMPLES, BATCH = 3, 38, 4
# The classes of each experience of a split; permuted experiences have all.
SPLIT = [[4, 1], [0, 5], [2, 3]]


def extract_weights(model, target, excluded):
    for name, parameter in SynapticIntelligencePlugin.allowed_parameters(model, excluded):
        target[name].data = parameter.detach().clone().flatten()


def extract_grad(model, target, excluded):
    for name, parameter in SynapticIntelligencePlugin.allowed_parameters(model, excluded):
        target[name].data = parameter.grad.detach().clone().flatten()


SynapticIntelligencePlugin.extract_weights = staticmethod(torch.no_grad()(extract_weights))
SynapticIntelligencePlugin.extract_grad = staticmethod(torch.no_grad()(extract_grad))


def hem(margin):
    """The paper's eq. 8 with exponent 1."""

    def loss(y, l):
        target = F.one_hot(l, y.shape[1]).bool()
        e = (y - y.gather(1, l[:, None]) + margin).clamp_min(0).masked_fill(target, 0)
        kept = torch.where(e >= e.mean(1, keepdim=True).detach(), e, torch.zeros_like(e))
        per_sample = kept.sum(1) / (1e-6 + (kept > 0).sum(1))
        return per_sample.sum() / (1e-6 + (per_sample > 0).sum())

    return loss


class WrappedLwF(LwF):
    """The Continual Learning Baselines divide the criterion by the number of experiences so far."""

    def _before_backward(self, **kwargs):
        self.loss *= 1 / (self.clock.train_exp_counter + 1)
        super()._before_backward(**kwargs)


class HeadPerTask(MultiTaskModule):
    """SimpleMLP with a head per task."""

    def __init__(self):
        super().__init__()
        self.features = SimpleMLP(num_classes=2, input_size=FEATURES, hidden_size=HIDDEN, drop_rate=0).features
        self.classifier = MultiHeadClassifier(HIDDEN)

    def forward(self, x, task_labels):
        return self.classifier(self.features(x), task_labels)


class Recorder(SupervisedPlugin):
    def __init__(self):
        super().__init__()
        self.steps, self.start = [], {}

    def before_training_epoch(self, strategy, **kwargs):
        for name, values in weights(strategy.model).items():
            self.start.setdefault(name, values)

    def after_training_iteration(self, strategy, **kwargs):
        self.steps.append({"loss": strategy.loss.item(), "weights": weights(strategy.model)})


def weights(model):
    return {name: own_rows(name, p.detach().flatten().tolist()) for name, p in model.named_parameters()}


def own_rows(name, values):
    """Of a task's head the rows of its own classes; other parameters whole."""
    if not name.startswith("classifier.classifiers."):
        return values
    _, _, task, _, kind = name.split(".")
    size = HIDDEN if kind == "weight" else 1
    return [value for c in SPLIT[int(task)] for value in values[c * size : (c + 1) * size]]


def images(split):
    generator = torch.Generator().manual_seed(7)
    experiences = []
    for classes in SPLIT if split else [list(range(CLASSES))] * EXPERIENCES:
        x = torch.randn(SAMPLES, FEATURES, generator=generator, dtype=torch.float64)
        y = torch.tensor(classes)[torch.randint(len(classes), (SAMPLES,), generator=generator)]
        # Something to learn: a direction per class.
        x = (x + 1.5 * F.one_hot(y, FEATURES)).float().double()
        experiences.append((x, y))
    return experiences


def importances_of(strategy, kind):
    if kind == "ewc":
        plugin = next(p for p in strategy.plugins if hasattr(p, "ewc_lambda"))
        last = plugin.importances[max(plugin.importances)]
        return {k: own_rows(k, v.data.flatten().tolist()) for k, v in last.items()}
    if kind == "si":
        plugin = next(p for p in strategy.plugins if isinstance(p, SynapticIntelligencePlugin))
        return {k: own_rows(k, v.data.tolist()) for k, v in plugin.ewc_data[1].items()}
    return {}


def network(case, dtype):
    torch.manual_seed(3)
    torch.set_default_dtype(torch.float64)
    model = (
        HeadPerTask()
        if case.get("heads")
        else SimpleMLP(num_classes=CLASSES, input_size=FEATURES, hidden_size=HIDDEN, drop_rate=0)
    )
    torch.set_default_dtype(dtype)
    round_to_float32(model, dtype)
    return model.to(dtype)


def round_to_float32(model, dtype):
    for p in model.parameters():
        p.data = p.data.float().to(dtype)


adapt = MultiHeadClassifier.adaptation


def adaptation_in(dtype):
    """New heads start from the same numbers in each precision, such as float32 can hold."""

    def adaptation(self, experience):
        task = experience.current_experience
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(task)
        adapt(self, experience)
        torch.set_default_dtype(dtype)
        round_to_float32(self.classifiers[str(task)], dtype)

    return adaptation


def trace(case, dtype):
    MultiHeadClassifier.adaptation = adaptation_in(dtype)
    model = network(case, dtype)
    experiences = [(x.to(dtype), y) for x, y in images(case["split"])]
    benchmark = tensors_benchmark(
        train_tensors=experiences,
        test_tensors=experiences,
        task_labels=list(range(EXPERIENCES)) if case.get("heads") else [0] * EXPERIENCES,
    )
    recorder = Recorder()
    o = case["optimizer"]
    optimizer = (
        torch.optim.Adam(model.parameters(), lr=o["learningRate"])
        if o["name"] == "adam"
        else torch.optim.SGD(model.parameters(), lr=o["learningRate"], momentum=o.get("momentum", 0))
    )
    strategy = case["make"](
        model=model,
        optimizer=optimizer,
        criterion=F.cross_entropy if case["loss"]["name"] == "ce" else hem(case["loss"]["margin"]),
        train_mb_size=BATCH,
        train_epochs=1,
        evaluator=None,
        plugins=[recorder],
    )
    importances = []
    for experience in benchmark.train_stream:
        strategy.train(experience, shuffle=False, num_workers=0)
        importances.append(importances_of(strategy, case["kind"]))
    return {"steps": recorder.steps, "importances": importances, "start": recorder.start}


SGD = {"name": "sgd", "learningRate": 0.1}
ADAM = {"name": "adam", "learningRate": 0.01}
CE = {"name": "ce"}
ALPHA = [0, 0.5, 4 / 3]
# Names of traces; all without.
ONLY = sys.argv[1:]

CASES = {
    "naive": dict(kind="naive", loss=CE, optimizer=SGD, split=False, make=lambda **k: Naive(**k), options={}),
    "ewc_separate": dict(
        kind="ewc", loss=CE, optimizer=SGD, split=False, options={"lambda": 3, "mode": "separate"},
        make=lambda **k: EWC(ewc_lambda=3, mode="separate", **k),
    ),
    "ewc_separate_hem": dict(
        kind="ewc", loss={"name": "hem", "margin": 0.5}, optimizer=SGD, split=False,
        options={"lambda": 3, "mode": "separate"},
        make=lambda **k: EWC(ewc_lambda=3, mode="separate", **k),
    ),
    "ewc_online": dict(
        kind="ewc", loss=CE, optimizer={**SGD, "momentum": 0.9, "learningRate": 0.02}, split=False,
        options={"lambda": 3, "mode": "online", "decay": 0.7},
        make=lambda **k: EWC(ewc_lambda=3, mode="online", decay_factor=0.7, **k),
    ),
    "si": dict(
        kind="si", loss=CE, optimizer=SGD, split=False, options={"lambda": 4000, "epsilon": 10},
        make=lambda **k: SynapticIntelligence(si_lambda=4000, eps=10, **k),
    ),
    "si_adam": dict(
        kind="si", loss=CE, optimizer=ADAM, split=False, options={"lambda": 4000, "epsilon": 1},
        make=lambda **k: SynapticIntelligence(si_lambda=4000, eps=1, **k),
    ),
    "lfl": dict(
        kind="lfl", loss=CE, optimizer=SGD, split=False, options={"lambda": 2},
        make=lambda **k: LFL(lambda_e=2, **k),
    ),
    "lwf": dict(
        kind="lwf", loss=CE, optimizer=SGD, split=True, options={"temperature": 2, "alpha": ALPHA},
        make=lambda **k: WrappedLwF(alpha=ALPHA, temperature=2, **k),
    ),
    "heads_ewc_momentum": dict(
        kind="ewc", loss=CE, optimizer={**SGD, "momentum": 0.9, "learningRate": 0.02}, split=True, heads=True,
        options={"lambda": 3, "mode": "separate"},
        make=lambda **k: EWC(ewc_lambda=3, mode="separate", **k),
    ),
    "heads_si_adam": dict(
        kind="si", loss={"name": "hem", "margin": 0.5}, optimizer=ADAM, split=True, heads=True,
        options={"lambda": 4000, "epsilon": 1},
        make=lambda **k: SynapticIntelligence(si_lambda=4000, eps=1, **k),
    ),
    "heads_lwf": dict(
        kind="lwf", loss=CE, optimizer=SGD, split=True, heads=True,
        options={"temperature": 3, "alpha": 1.5, "share": "whole"},
        make=lambda **k: LwF(alpha=1.5, temperature=3, **k),
    ),
}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return value


def largest_difference(a, b):
    if isinstance(a, dict):
        return max((largest_difference(a[k], b[k]) for k in a), default=0.0)
    if isinstance(a, list):
        return max((largest_difference(x, y) for x, y in zip(a, b)), default=0.0)
    return abs(a - b)


def write(name, content):
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(rounded(content), separators=(",", ":")) + "\n")
    print(name)


def write_trace(name, case):
    exact, single = trace(case, torch.float64), trace(case, torch.float32)
    experiences = images(case["split"])
    write(name, {
        "source": "tests/oracles/continual.py, avalanche-lib 0.6.0",
        "strategy": {"name": case["kind"], **case["options"]},
        "loss": case["loss"],
        "optimizer": case["optimizer"],
        "features": FEATURES, "hidden": HIDDEN, "classes": CLASSES, "batch": BATCH,
        "split": SPLIT if case["split"] else None,
        "heads": bool(case.get("heads")),
        "start": exact["start"],
        "experiences": [{"images": x.flatten().tolist(), "labels": y.tolist()} for x, y in experiences],
        "steps": exact["steps"],
        "importances": exact["importances"],
        "float32": {key: largest_difference(exact[key], single[key]) for key in ("steps", "importances")},
    })


def write_buffer():
    """Which samples a class-balanced buffer holds after each update, for recorded random weights."""
    torch.set_default_dtype(torch.float32)
    generator = torch.Generator().manual_seed(11)
    drawn, draws = {}, []
    original = torch.rand

    buffer = storage_policy.ClassBalancedBuffer(max_size=11, adaptive_size=True)
    updates, first = [], 0
    for classes, count in [([0, 3], 7), ([0, 3], 10), ([1, 3], 9), ([2], 4), ([5, 0], 12), ([4, 1], 10)]:
        labels = torch.tensor(classes)[torch.randint(len(classes), (count,), generator=generator)]
        ids = torch.arange(first, first + count)
        weights = original(count, generator=generator)
        dataset = tensors_benchmark(
            train_tensors=[(ids[:, None].float(), labels)], test_tensors=[(ids[:, None].float(), labels)],
            task_labels=[0],
        ).train_stream[0].dataset
        # The buffer asks for the weights of one class after the other, in the order of their first sample.
        queue = [weights[labels == c] for c in dict.fromkeys(labels.tolist())]
        storage_policy.torch.rand = lambda n: queue.pop(0)
        try:
            buffer.update_from_dataset(dataset)
        finally:
            storage_policy.torch.rand = original
        held = {str(c): sorted(int(x[0]) for x, *_ in group.buffer) for c, group in buffer.buffer_groups.items()}
        updates.append({"labels": labels.tolist(), "weights": weights.double().tolist(), "held": held})
        first += count
    write("buffer", {"source": "tests/oracles/continual.py, avalanche-lib 0.6.0", "capacity": 11, "updates": updates})


def write_heads():
    """The logits of a head per task while classes come in: widths, masks and the columns that a head does not reach."""
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(5)
    head = MultiHeadClassifier(HIDDEN)
    features = torch.randn(2, HIDDEN)
    y = [torch.tensor(classes) for classes in SPLIT]
    tensors = [(torch.zeros(2, 1), labels) for labels in y]
    stream = tensors_benchmark(
        train_tensors=tensors, test_tensors=tensors, task_labels=list(range(EXPERIENCES))
    ).train_stream
    outputs = []

    def record(after, width):
        for task in head.classifiers:
            task = int(task)
            if task <= after:
                logits = head(features, torch.full((2,), task))
                assert logits.shape[1] == width
                outputs.append({"task": task, "width": width, "logits": logits.tolist()})

    for k, experience in enumerate(stream):
        head.train()
        head.adaptation(experience)
        record(k, max(max(SPLIT[j]) for j in range(k + 1)) + 1)
    # The heads' weights as they are at the end; growing keeps the rows.
    rows = {
        str(t): {
            "weight": head.classifiers[str(t)].classifier.weight[SPLIT[t]].flatten().tolist(),
            "bias": head.classifiers[str(t)].classifier.bias[SPLIT[t]].tolist(),
        }
        for t in range(EXPERIENCES)
    }
    write("heads", {
        "source": "tests/oracles/continual.py, avalanche-lib 0.6.0", "tasks": SPLIT, "features": features.tolist(),
        "heads": rows, "outputs": outputs,
    })


if __name__ == "__main__":
    write_heads()
    for name, case in CASES.items():
        if not ONLY or name in ONLY:
            write_trace(name, case)
    write_buffer()
