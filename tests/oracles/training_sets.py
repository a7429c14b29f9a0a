"""Small files in the official formats of CIFAR10, CIFAR100, TinyImageNet and ImageNet, and what torchvision makes of them.

Writes tests/fixtures/datasets/training/: the archives, and expected.json with the labels in torchvision's order and the
SHA-256 of the bytes of every image as its transforms give it. expected.json names the versions.
Run: python tests/oracles/training_sets.py (torch, torchvision, numpy, scipy, pillow)
"""

import hashlib
import io
import json
import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy
import PIL
import scipy
import scipy.io
import torchvision
from PIL import Image
from torchvision.datasets import ImageFolder
from torchvision.transforms import CenterCrop, Compose, Resize

FOLDER = Path(__file__).parent.parent / "fixtures" / "datasets" / "training"
RANDOM = numpy.random.default_rng(5)
# instead of 256 and 224, to keep the files small
RESIZE, CROP = 32, 28
WNIDS = ["n02085620", "n01440764", "n01443537"]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Smooth noise, as a photograph has it."""
    channels = {"RGB": 3, "L": 1, "CMYK": 4}[mode]
    coarse = RANDOM.integers(0, 256, (6, 8, channels), dtype=numpy.uint8)
    planes = [
        Image.fromarray(coarse[..., c]).resize((width, height), Image.BICUBIC)
        for c in range(channels)
    ]
    return planes[0] if mode == "L" else Image.merge(mode, planes)


def encoded(image: Image.Image, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **({"quality": 88} if kind == "JPEG" else {}))
    return file.getvalue()


def add(tar: tarfile.TarFile, name: str, data: bytes):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def cifar(name: str, folder: str, label_bytes: int, files: dict, names: list) -> dict:
    """One record or two a file; the expected images by NumPy, as the authors describe the format."""
    expected = {"names": names, "archive": name}
    with tarfile.open(FOLDER / name, "w:gz") as tar:
        directory = tarfile.TarInfo(folder)
        directory.type = tarfile.DIRTYPE
        tar.addfile(directory)
        names_file = "batches.meta.txt" if label_bytes == 1 else "fine_label_names.txt"
        add(tar, f"{folder}/{names_file}", ("\n".join(names) + "\n\n").encode())
        if label_bytes == 2:
            add(tar, f"{folder}/coarse_label_names.txt", b"coarse\n")
        for split, members in files.items():
            records = []
            for member in members:
                record = RANDOM.integers(0, 256, (2, label_bytes + 3072), dtype=numpy.uint8)
                record[:, label_bytes - 1] %= len(names)
                add(tar, f"{folder}/{member}", record.tobytes())
                records.append(record)
            all_records = numpy.concatenate(records)
            images = all_records[:, label_bytes:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
            expected[split] = {
                "labels": all_records[:, label_bytes - 1].tolist(),
                "images": [sha256(image.tobytes()) for image in images],
            }
    return expected


def of_folder(folder: Path, transform=None) -> dict:
    """What torchvision's ImageFolder gives."""
    images = ImageFolder(folder, transform)
    return {
        "labels": [label for _, label in images],
        "images": [sha256(numpy.asarray(image).tobytes()) for image, _ in images],
        "files": [Path(path).name for path, _ in images.samples],
    }


def tiny_imagenet() -> dict:
    top = "tiny-imagenet-200"
    names = ["Chihuahua", "tench, Tinca tinca", "goldfish, Carassius auratus"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = {f"{top}/wnids.txt": "\n".join(WNIDS).encode()}
        words = [f"{wnid}\t{name}" for wnid, name in zip(WNIDS, names)] + ["n00000001\tentity"]
        files[f"{top}/words.txt"] = ("\n".join(words) + "\n").encode()
        for wnid in WNIDS:
            files[f"{top}/train/{wnid}/{wnid}_boxes.txt"] = b"box\n"
            # 10 comes before 2 among names
            for number in [0, 2, 10]:
                mode = "L" if (wnid, number) == (WNIDS[0], 2) else "RGB"
                path = f"train/{wnid}/images/{wnid}_{number}.JPEG"
                files[f"{top}/{path}"] = encoded(picture(64, 64, mode))
                (folder / "train" / wnid).mkdir(parents=True, exist_ok=True)
                (folder / "train" / wnid / Path(path).name).write_bytes(files[f"{top}/{path}"])
        annotations = []
        validation = []
        order = [2, 0, 1, 1]
        for number, of in enumerate(order):
            name = f"val_{number}.JPEG"
            files[f"{top}/val/images/{name}"] = encoded(picture(64, 64, "L" if number == 1 else "RGB"))
            annotations.append(f"{name}\t{WNIDS[of]}\t0\t32\t44\t62")
            data = numpy.asarray(Image.open(io.BytesIO(files[f"{top}/val/images/{name}"])).convert("RGB"))
            validation.append((sorted(WNIDS).index(WNIDS[of]), sha256(data.tobytes())))
        files[f"{top}/val/val_annotations.txt"] = ("\n".join(annotations) + "\n").encode()
        files[f"{top}/test/images/test_0.JPEG"] = encoded(picture(64, 64))
        with zipfile.ZipFile(FOLDER / "tiny-imagenet-200.zip", "w") as archive:
            archive.writestr(f"{top}/", b"")
            for name, data in files.items():
                archive.writestr(name, data)
        by_wnid = dict(zip(WNIDS, names))
        return {
            "archive": "tiny-imagenet-200.zip",
            "names": [by_wnid[wnid] for wnid in sorted(WNIDS)],
            "train": of_folder(folder / "train"),
            "test": {
                "labels": [label for label, _ in validation],
                "images": [image for _, image in validation],
            },
        }


def meta_mat(synsets: list) -> bytes:
    """The devkit's meta.mat: an array of structures, of which those with children are no classes."""
    fields = [
        "ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height",
        "num_train_images",
    ]
    array = numpy.zeros((len(synsets), 1), dtype=[(field, object) for field in fields])
    for row, (number, wnid, words, children) in zip(array[:, 0], synsets):
        row["ILSVRC2012_ID"] = numpy.array([[number]], dtype=numpy.uint8)
        row["WNID"], row["words"], row["gloss"] = wnid, words, "a gloss"
        row["num_children"] = numpy.array([[len(children)]], dtype=numpy.uint8)
        row["children"] = numpy.array([children], dtype=numpy.uint8)
        row["wordnet_height"] = numpy.array([[0]], dtype=numpy.uint8)
        row["num_train_images"] = numpy.array([[2]], dtype=numpy.uint16)
    file = io.BytesIO()
    scipy.io.savemat(file, {"synsets": array}, do_compression=True)
    return file.getvalue()


def imagenet() -> dict:
    transform = Compose([Resize(RESIZE), CenterCrop(CROP)])
    words = ["Chihuahua", "tench, Tinca tinca", "goldfish, Carassius auratus"]
    # ids in another order than the names of the synsets; the last one has children
    synsets = [(i + 1, wnid, words[i], []) for i, wnid in enumerate(WNIDS)]
    synsets.append((4, "n00001740", "entity", [1, 2, 3]))
    kinds = [("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "PNG"), ("RGB", "JPEG"), ("RGB", "JPEG")]
    sizes = [(50, 37), (37, 50), (64, 48), (40, 60), (32, 33), (90, 31)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with tarfile.open(FOLDER / "ILSVRC2012_img_train.tar", "w", format=tarfile.USTAR_FORMAT) as outer:
            which = iter(zip(kinds, sizes))
            for wnid in sorted(WNIDS, reverse=True):
                (folder / "train" / wnid).mkdir(parents=True)
                inner_bytes = io.BytesIO()
                with tarfile.open(fileobj=inner_bytes, mode="w", format=tarfile.USTAR_FORMAT) as inner:
                    for number in [7, 10]:
                        (mode, kind), (width, height) = next(which)
                        data = encoded(picture(width, height, mode), kind)
                        add(inner, f"{wnid}_{number}.JPEG", data)
                        (folder / "train" / wnid / f"{wnid}_{number}.JPEG").write_bytes(data)
                add(outer, f"{wnid}.tar", inner_bytes.getvalue())
        truth = [3, 1, 2, 1]
        with tarfile.open(FOLDER / "ILSVRC2012_img_val.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            # not in the order of their names
            images = {n: encoded(picture(40 + n, 36)) for n in [1, 2, 3, 4]}
            for number in [2, 1, 4, 3]:
                add(tar, f"ILSVRC2012_val_{number:08d}.JPEG", images[number])
        with tarfile.open(FOLDER / "ILSVRC2012_devkit_t12.tar.gz", "w:gz") as tar:
            add(tar, "ILSVRC2012_devkit_t12/data/meta.mat", meta_mat(synsets))
            add(
                tar,
                "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt",
                "".join(f"{number}\n" for number in truth).encode(),
            )
        return {
            "resize": RESIZE,
            "crop": CROP,
            "names": [words[WNIDS.index(wnid)] for wnid in sorted(WNIDS)],
            "wnids": sorted(WNIDS),
            "train": of_folder(folder / "train", transform),
            "test": validation(transform),
        }


def validation(transform) -> dict:
    """torchvision's ImageNet, which sorts the validation images into folders by the devkit."""
    from torchvision.datasets import imagenet

    with tempfile.TemporaryDirectory() as temporary:
        for name in ["ILSVRC2012_devkit_t12.tar.gz", "ILSVRC2012_img_val.tar", "ILSVRC2012_img_train.tar"]:
            shutil.copy(FOLDER / name, temporary)
        for split, (name, _) in list(imagenet.ARCHIVE_META.items()):
            md5 = hashlib.md5((FOLDER / name).read_bytes()).hexdigest()
            imagenet.ARCHIVE_META[split] = (name, md5)
        images = imagenet.ImageNet(temporary, "val", transform=transform)
        # in the order of the files' names, as ours is
        samples = sorted(range(len(images)), key=lambda i: Path(images.samples[i][0]).name)
        return {
            "labels": [images.samples[i][1] for i in samples],
            "images": [sha256(numpy.asarray(images[i][0]).tobytes()) for i in samples],
        }


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    expected = {
        "versions": {
            "script": "tests/oracles/training_sets.py",
            "torchvision": torchvision.__version__,
            "pillow": PIL.__version__,
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
        },
        "cifar10": cifar(
            "cifar-10-binary.tar.gz", "cifar-10-batches-bin", 1,
            {"train": [f"data_batch_{n}.bin" for n in range(1, 6)], "test": ["test_batch.bin"]},
            ["airplane", "automobile", "bird"],
        ),
        "cifar100": cifar(
            "cifar-100-binary.tar.gz", "cifar-100-binary", 2,
            {"train": ["train.bin"], "test": ["test.bin"]},
            ["apple", "aquarium_fish"],
        ),
        "tiny_imagenet": tiny_imagenet(),
        "imagenet": imagenet(),
    }
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
