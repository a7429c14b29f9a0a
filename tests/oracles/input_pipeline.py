"""What NumPy makes of files in CIFAR's binary version, and torchvision's crops and flips.

Writes tests/fixtures/datasets/cifar_binary.safetensors and tests/fixtures/training/crops.safetensors; their metadata name
the versions. Run: python tests/oracles/input_pipeline.py (torch, torchvision, numpy, safetensors)
"""

from pathlib import Path

import numpy
import torch
import torchvision
from safetensors.numpy import save_file
from torchvision.transforms import functional

FIXTURES = Path(__file__).parent.parent / "fixtures"
VERSIONS = {
    "script": "tests/oracles/input_pipeline.py",
    "numpy": numpy.__version__,
    "torch": torch.__version__,
    "torchvision": torchvision.__version__,
}


def cifar_binary():
    """Records of random bytes; read as the authors describe: label bytes, then 3 planes of 32 x 32."""
    random = numpy.random.default_rng(0)
    tensors = {}
    for name, label_bytes, count in [("cifar10", 1, 3), ("cifar100", 2, 2)]:
        records = random.integers(0, 256, (count, label_bytes + 3072), dtype=numpy.uint8)
        planes = records[:, label_bytes:].reshape(count, 3, 32, 32)
        tensors[f"{name}.file"] = records.reshape(-1)
        tensors[f"{name}.labels"] = numpy.ascontiguousarray(records[:, label_bytes - 1])
        tensors[f"{name}.pixels"] = numpy.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    save_file(tensors, FIXTURES / "datasets" / "cifar_binary.safetensors", VERSIONS)


def crops():
    """Every crop that RandomCrop(padding=4) may take of one image, plain and mirrored: [9, 9, 2, H, W, C]."""
    image = numpy.random.default_rng(1).integers(1, 256, (7, 6, 3), dtype=numpy.uint8)
    height, width, _ = image.shape
    padded = functional.pad(torch.from_numpy(image).permute(2, 0, 1), 4)
    taken = [
        functional.hflip(crop) if mirrored else crop
        for top in range(9)
        for left in range(9)
        for crop in [functional.crop(padded, top, left, height, width)]
        for mirrored in [False, True]
    ]
    result = torch.stack(taken).permute(0, 2, 3, 1).reshape(9, 9, 2, height, width, 3)
    folder = FIXTURES / "training"
    folder.mkdir(exist_ok=True)
    save_file(
        {"image": image, "crops": numpy.ascontiguousarray(result.numpy())},
        folder / "crops.safetensors",
        VERSIONS,
    )


if __name__ == "__main__":
    cifar_binary()
    crops()
