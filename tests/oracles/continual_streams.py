"""Which images avalanche-lib 0.6.0's experiences and replay batches hold: tests/fixtures/continual/{scenarios,replay_batches}.json.

    python tests/oracles/continual_streams.py

Needs avalanche-lib 0.6.0 and torch, CPU. Of an experience are stored the images' places in the data set, in the order of the
experience, with labels and task labels; of a permuted experience some pixels; of an epoch of replay the number of new and of
remembered images in each batch. avalanche-lib lists the classes of an experience in the order of a
Python set, which is ascending for the ids here.
"""

import json
import pathlib
import random
import warnings

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from avalanche.benchmarks import nc_benchmark, tensors_benchmark  # noqa: E402
from avalanche.benchmarks.classic import cmnist  # noqa: E402
from avalanche.benchmarks.utils.data_loader import ReplayDataLoader  # noqa: E402
from torch.utils.data import TensorDataset  # noqa: E402

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "continual"
RANDOM = random.Random(13)
SPLITS = [(4, [2, 2]), (6, [1, 1, 1, 1, 1, 1]), (7, [3, 1, 2, 1]), (6, [3, 3]), (5, [5]), (7, [1, 6])]
PERMUTED, SHOWN = 3, [0, 1, 29, 400, 783]


def labelled(labels):
    dataset = TensorDataset(torch.arange(len(labels)).float()[:, None], torch.tensor(labels))
    dataset.targets = labels
    return dataset


def drawn(classes, most):
    labels = [*range(classes), *(RANDOM.randrange(classes) for _ in range(RANDOM.randint(0, most)))]
    RANDOM.shuffle(labels)
    return labels


def stream(experiences):
    return [
        {
            "images": [int(x[0]) for x, *_ in experience.dataset],
            "labels": [int(y) for _, y, _ in experience.dataset],
            "task": experience.task_label,
        }
        for experience in experiences
    ]


def split(classes, sizes):
    order = RANDOM.sample(range(classes), classes)
    train, test = drawn(classes, 20), drawn(classes, 8)
    case = {"classes": classes, "sizes": sizes, "order": order, "train": train, "test": test}
    variants = {"class_incremental": {"task_labels": False}, "avalanche": {"task_labels": True}}
    if len(set(sizes)) == 1:
        variants["clean"] = {"task_labels": True, "class_ids_from_zero_in_each_exp": True}
    for name, options in variants.items():
        benchmark = nc_benchmark(
            labelled(train), labelled(test), n_experiences=len(sizes), shuffle=True, fixed_class_order=order,
            per_exp_classes=dict(enumerate(sizes)), **options,
        )
        case[name] = {"train": stream(benchmark.train_stream), "test": stream(benchmark.test_stream)}
    return case


class Digits(torch.utils.data.Dataset):
    """Pixel p of image i is 31 i + p modulo 256."""

    def __init__(self, labels):
        self.targets = labels

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, i):
        return ((31 * i + torch.arange(784)) % 256).float().reshape(1, 28, 28), self.targets[i]


def permuted(seed):
    train, test = drawn(10, 5), drawn(10, 3)
    cmnist.get_mnist_dataset = lambda root: (Digits(train), Digits(test))
    benchmark = cmnist.PermutedMNIST(PERMUTED, seed=seed, train_transform=None, eval_transform=None)
    random_state = np.random.RandomState(seed)
    shown = lambda experiences: [  # noqa: E731
        {
            "labels": [int(y) for _, y, _ in experience.dataset],
            "pixels": [[int(x.flatten()[p]) for p in SHOWN] for x, *_ in experience.dataset],
        }
        for experience in experiences
    ]
    return {
        "permutations": [random_state.permutation(784).tolist() for _ in range(PERMUTED)],
        "train": train, "test": test, "shown": SHOWN,
        "experiences": {"train": shown(benchmark.train_stream), "test": shown(benchmark.test_stream)},
    }


def replay(images, remembered, batch, memory_batch, drop_last):
    """Two epochs of avalanche-lib's loader."""
    tensors = lambda first, count: (torch.arange(first, first + count)[:, None].float(), torch.zeros(count).long())  # noqa: E731
    both = [tensors(0, images), tensors(1000, remembered)]
    new, old = [e.dataset for e in tensors_benchmark(both, both, task_labels=[0, 0]).train_stream]
    loader = ReplayDataLoader(
        new, old, oversample_small_tasks=True, batch_size=batch, batch_size_mem=memory_batch, shuffle=True, drop_last=drop_last
    )
    epochs = []
    for _ in range(2):
        batches = [[int(x) for x in mb[0][:, 0]] for mb in loader]
        epochs.append([[sum(x < 1000 for x in mb), sum(x >= 1000 for x in mb)] for mb in batches])
    return {
        "images": images, "remembered": remembered, "batch": batch, "memoryBatch": memory_batch, "dropLast": drop_last,
        "epochs": epochs,
    }


def write(name, content):
    content = {"source": "tests/oracles/continual_streams.py, avalanche-lib 0.6.0", **content}
    (FOLDER / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(name)


if __name__ == "__main__":
    write("scenarios", {"splits": [split(*case) for case in SPLITS], "permuted": permuted(5)})
    shapes = [(23, 9, 5, 4), (23, 3, 5, 4), (20, 12, 5, 4), (20, 40, 5, 4), (4, 17, 5, 3), (31, 7, 4, 7), (9, 1, 3, 2)]
    write("replay_batches", {"cases": [replay(*shape, drop) for shape in shapes for drop in (True, False)]})
