"""torchvision's side of the input benchmark: python input_pipeline.py WORKERS FOLDER

Fills FOLDER with JPEGs of about 500 x 375 pixels, smooth as photographs are, and says {"ready": versions}. Then for every
line {"name": "cifar" | "imagenet"} it reads that set once with a DataLoader and answers {"imagesPerSecond": ...}.
"""

import json
import sys
import time
from pathlib import Path

import numpy
import PIL
import torch
import torchvision
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

CIFAR_IMAGES, JPEGS, JPEG_REPEATS = 20_000, 64, 6


def make_jpegs(folder: Path):
    random = numpy.random.default_rng(0)
    for number in range(JPEGS):
        height, width = int(random.integers(333, 420)), 500
        image = numpy.zeros((height, width, 3))
        for scale in (4, 8, 16, 32, 64, 128):
            coarse = random.normal(size=(height // scale + 2, width // scale + 2, 3))
            planes = [
                numpy.asarray(
                    Image.fromarray(coarse[..., c].astype(numpy.float32)).resize((width, height), Image.BICUBIC)
                )
                for c in range(3)
            ]
            image += numpy.stack(planes, -1) * scale**0.9
        image += random.normal(size=image.shape) * 3
        image = (image - image.min()) / (image.max() - image.min()) * 255
        Image.fromarray(image.astype(numpy.uint8)).save(folder / f"{number:03d}.jpg", quality=90)


class Cifar(Dataset):
    """As torchvision.datasets.CIFAR10: an array in memory, an image of which is made by Pillow."""

    def __init__(self):
        self.images = numpy.random.default_rng(1).integers(0, 256, (CIFAR_IMAGES, 32, 32, 3), dtype=numpy.uint8)
        self.transform = transforms.Compose([
            transforms.RandomCrop(32, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.PILToTensor(),
        ])

    def __len__(self):
        return CIFAR_IMAGES

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), 0


class Jpegs(Dataset):
    """As torchvision.datasets.ImageFolder."""

    def __init__(self, folder: Path):
        self.files = sorted(folder.glob("*.jpg"))
        self.transform = transforms.Compose([
            transforms.Resize(256),
            transforms.CenterCrop(224),
            transforms.RandomHorizontalFlip(),
            transforms.PILToTensor(),
        ])

    def __len__(self):
        return JPEGS * JPEG_REPEATS

    def __getitem__(self, index):
        with open(self.files[index % JPEGS], "rb") as file:
            return self.transform(Image.open(file).convert("RGB")), 0


def main():
    torch.set_num_threads(1)
    workers, folder = int(sys.argv[1]), Path(sys.argv[2])
    make_jpegs(folder)
    options = {"shuffle": True, "num_workers": workers, "persistent_workers": True, "prefetch_factor": 2}
    loaders = {
        "cifar": DataLoader(Cifar(), batch_size=128, **options),
        "imagenet": DataLoader(Jpegs(folder), batch_size=32, **options),
    }
    versions = f"torchvision {torchvision.__version__}, Pillow {PIL.__version__}"
    print(json.dumps({"ready": versions, "cifar": CIFAR_IMAGES, "jpegRepeats": JPEG_REPEATS}), flush=True)
    for line in sys.stdin:
        loader = loaders[json.loads(line)["name"]]
        iterator = iter(loader)
        next(iterator)
        start, count = time.perf_counter(), 0
        for images, _ in iterator:
            count += len(images)
        print(json.dumps({"imagesPerSecond": count / (time.perf_counter() - start)}), flush=True)


if __name__ == "__main__":
    main()
