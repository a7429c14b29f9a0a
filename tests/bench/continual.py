"""Steps per second of avalanche-lib's strategies with the recipes of the Continual Learning Baselines, on the CPU.

    python continual.py ROW MNIST_ROOT THREADS

ROW is continual/ewc_permuted_mnist, continual/si_permuted_mnist or continual/replay_split_mnist; MNIST_ROOT holds MNIST/raw
with the four official files. Prints one line of JSON: the steps of the second experience, where penalty and memory are at work,
and their seconds, batches included. The first experience is learnt before and not measured.

avalanche's Synaptic Intelligence stores views instead of copies on a CPU, and so does nothing; what it stores is copied here.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import torch  # noqa: E402
from avalanche.benchmarks.classic import PermutedMNIST, SplitMNIST  # noqa: E402
from avalanche.benchmarks.scenarios.online import split_online_stream  # noqa: E402
from avalanche.core import SupervisedPlugin  # noqa: E402
from avalanche.models import SimpleMLP  # noqa: E402
from avalanche.training.plugins import ReplayPlugin, SynapticIntelligencePlugin  # noqa: E402
from avalanche.training.storage_policy import ClassBalancedBuffer  # noqa: E402
from avalanche.training.supervised import EWC, Naive, SynapticIntelligence  # noqa: E402

row, root, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
EPOCHS = 2
torch.set_num_threads(threads)
torch.manual_seed(0)


def copies(what):
    def extract(model, target, excluded):
        for name, p in SynapticIntelligencePlugin.allowed_parameters(model, excluded):
            target[name].data = (p.grad if what == "grad" else p).detach().clone().flatten()

    return staticmethod(torch.no_grad()(extract))


SynapticIntelligencePlugin.extract_weights = copies("weights")
SynapticIntelligencePlugin.extract_grad = copies("grad")


class Clock(SupervisedPlugin):
    def __init__(self):
        super().__init__()
        self.steps = 0

    def after_training_iteration(self, strategy, **kwargs):
        self.steps += 1


clock = Clock()
common = dict(train_epochs=EPOCHS, evaluator=None, plugins=[clock])
if row == "continual/replay_split_mnist":
    benchmark = SplitMNIST(5, seed=1, dataset_root=root)
    model = SimpleMLP(num_classes=10, hidden_size=512, drop_rate=0.5)
    plugin = ReplayPlugin(1000, batch_size=10, batch_size_mem=10, storage_policy=ClassBalancedBuffer(1000))
    strategy = Naive(
        model=model, optimizer=torch.optim.SGD(model.parameters(), lr=0.1), criterion=torch.nn.CrossEntropyLoss(),
        train_mb_size=10, train_epochs=1, evaluator=None, plugins=[clock, plugin],
    )
    parts = [
        split_online_stream([e], experience_size=10, drop_last=True) for e in benchmark.train_stream[:2]
    ]
else:
    benchmark = PermutedMNIST(2, seed=1, dataset_root=root)
    is_si = row == "continual/si_permuted_mnist"
    model = SimpleMLP(num_classes=10, hidden_size=1000 if is_si else 512, drop_rate=0)
    if is_si:
        strategy = SynapticIntelligence(
            model=model, optimizer=torch.optim.Adam(model.parameters(), lr=1e-3),
            criterion=torch.nn.CrossEntropyLoss(), si_lambda=10, eps=0.1, train_mb_size=256, **common,
        )
    else:
        strategy = EWC(
            model=model, optimizer=torch.optim.SGD(model.parameters(), lr=1e-3),
            criterion=torch.nn.CrossEntropyLoss(), ewc_lambda=1, mode="separate", train_mb_size=256, **common,
        )
    parts = [[e] for e in benchmark.train_stream]

for experience in parts[0]:
    strategy.train(experience, num_workers=0)
before = clock.steps
start = time.perf_counter()
end = start


class End(SupervisedPlugin):
    """The last step's time: what comes after it, such as EWC's pass for the importances, is none of the steps'."""

    def after_training_iteration(self, strategy, **kwargs):
        global end
        end = time.perf_counter()


strategy.plugins.append(End())
for experience in parts[1]:
    strategy.train(experience, num_workers=0)
print(json.dumps({"steps": clock.steps - before, "seconds": end - start}))
