"""Writes tests/fixtures/datasets/unknown: small files in the formats of the sets of unknown classes, and what other
programs read in them.

python tests/oracles/unknown_images.py tests/fixtures/datasets/unknown

Images are decoded by Pillow and resized by torchvision; .mat files are written by SciPy.

Pillow resized along the rows first up to version 12, which is older than the paper; 13 begins with the columns where they
shrink by more than the rows of a tall image, which moves some bytes by 1. `rows_first` makes the former with either.
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import struct
import sys
import tarfile
import zipfile
import zlib

import numpy
import PIL
import scipy
import scipy.io
import scipy.sparse
import torchvision
from PIL import Image, ImageCms
from torchvision.transforms import CenterCrop, Compose, Resize

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
random = numpy.random.default_rng(0)
versions = {m.__name__: m.__version__ for m in (PIL, torchvision, numpy, scipy)}


def encoded(array):
    return base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()


def picture(height, width, seed=0):
    """Slopes, edges and noise, so that every wrong weight shows."""
    y, x = numpy.mgrid[0:height, 0:width]
    image = numpy.stack([(x * 5.1) % 256, (y * 7.3) % 256, ((x + 2 * y) * 3.7 + seed) % 256], -1).astype(numpy.uint8)
    noise = numpy.random.default_rng(seed).integers(0, 256, (height // 3, width // 3, 3))
    image[height // 4 : height // 4 + height // 3, width // 5 : width // 5 + width // 3] = noise
    return Image.fromarray(image)


def saved(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def rows_first(image, shorter):
    """torchvision's Resize(shorter) in two steps."""
    width, height = Resize(shorter)(image).size
    return Resize((height, width))(Resize((image.height, width))(image))


def png(array):
    """A PNG of 16 bits, of one (grey) or two channels (and transparency), which Pillow does not write."""
    height, width, channels = array.shape
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in array)
    head = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def adobe(jpeg, transform):
    """A JPEG of four colours without its Adobe segment (None), or with another transform of colours in it."""
    start = jpeg.index(b"\xff\xee")
    end = start + 2 + struct.unpack(">H", jpeg[start + 2 : start + 4])[0]
    return jpeg[:start] + (b"" if transform is None else jpeg[start : end - 1] + bytes([transform])) + jpeg[end:]


rgb = picture(31, 44)
cmyk = saved(rgb.convert("CMYK"), "JPEG", quality=90)
profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())
# its date, which would make every run another file
profile[24:36] = bytes(12)
deep = numpy.random.default_rng(16).integers(0, 65536, (9, 11, 3), numpy.uint16)
files = {
    "rgb.png": saved(rgb, "PNG"),
    "grey.png": saved(rgb.convert("L"), "PNG"),
    "bits.png": saved(rgb.convert("1"), "PNG"),
    "palette.png": saved(rgb.quantize(16), "PNG"),
    "palette_2.png": saved(rgb.quantize(2), "PNG"),
    "alpha.png": saved(Image.merge("RGBA", (*rgb.split(), rgb.convert("L"))), "PNG"),
    "grey_alpha.png": saved(rgb.convert("LA"), "PNG"),
    "palette_transparent.png": saved(rgb.quantize(16), "PNG", transparency=3),
    "png_by_another_name.JPEG": saved(rgb, "PNG"),
    "rgb.jpg": saved(rgb, "JPEG", quality=90),
    "rgb_444.jpg": saved(rgb, "JPEG", quality=80, subsampling=0),
    "progressive.jpg": saved(rgb, "JPEG", quality=60, progressive=True),
    "grey.jpg": saved(rgb.convert("L"), "JPEG", quality=90),
    "cmyk.jpg": cmyk,
    "cmyk_without_adobe.jpg": adobe(cmyk, None),
    "ycck.jpg": adobe(cmyk, 2),
    "rgb_422.jpg": saved(picture(17, 33), "JPEG", quality=50, subsampling=1),
    "rgb_as_rgb.jpg": saved(rgb, "JPEG", quality=90, keep_rgb=True),
    "other_profile.jpg": saved(rgb, "JPEG", quality=90, icc_profile=bytes(profile)),
    "damaged_profile.png": saved(rgb, "PNG", icc_profile=b"none" * 40),
    "rgb_16_bits.png": png(deep),
    "turned.jpg": saved(rgb, "JPEG", quality=90, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
}
decoded = {}
for name, data in files.items():
    image = Image.open(io.BytesIO(data))
    decoded[name] = {
        "file": base64.b64encode(data).decode(),
        "mode": image.mode,
        "size": image.size,
        "rgb": encoded(image.convert("RGB")),
        "grey": encoded(image.convert("L")),
    }

# Pillow clips grey of 16 bits; of colours it takes the upper byte, as is right here too.
for name, channels in (("grey_16_bits.png", 1), ("grey_alpha_16_bits.png", 2)):
    upper = (deep[:, :, :1] >> 8).astype(numpy.uint8)
    decoded[name] = {
        "file": base64.b64encode(png(deep[:, :, :channels])).decode(),
        "mode": "L",
        "size": (11, 9),
        "rgb": encoded(upper.repeat(3, 2)),
        "grey": encoded(upper),
    }

resized = []
for height, width, channels, size, shorter in [
    (31, 44, 3, 32, 32),
    (44, 31, 3, 28, 28),
    (60, 45, 3, 32, 32),
    (37, 90, 3, 32, 36),
    (105, 105, 1, 28, 28),
    (20, 23, 1, 32, 32),
    (64, 64, 3, 32, 32),
    (50, 71, 3, 41, 47),
    (33, 64, 3, 33, 33),
    (120, 91, 3, 64, 64),
    (131, 47, 3, 28, 32),
    (150, 60, 1, 20, 24),
]:
    image = picture(height, width, seed=height * width)
    image = image if channels == 3 else image.convert("L")
    whole = rows_first(image, shorter) if height > 2 * width else Resize(shorter)(image)
    resized.append({
        "shorter": shorter, "size": size,
        "file": base64.b64encode(saved(image, "PNG")).decode(),
        "resized": [whole.size[0], whole.size[1]],
        "result": encoded(CenterCrop(size)(whole)),
    })
squeezed = {"file": base64.b64encode(saved(picture(40, 52), "PNG")).decode(), "to": [17, 61],
            "result": encoded(Resize((61, 17))(picture(40, 52)))}

json.dump({"versions": versions, "decoded": decoded, "resized": resized, "squeezed": squeezed},
          open(folder / "images.json", "w"))

# Archives as Python's own modules write them, honest ones and such as would write elsewhere.


def tar(members):
    """A tar of (name, content) members; a content that is a str is a type and the target of a link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content[:1].encode(), content[1:]
                archive.addfile(info)
    return out.getvalue()


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    """A zip of (name, content) members; a content that is a str is the target of a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            if isinstance(content, str):
                info.create_system = 3
                info.external_attr = 0o120777 << 16
            archive.writestr(info, content)
    return out.getvalue()


LONG = "folder/" + "n" * 180 + "/" + "ü" * 90 + ".txt"
honest = [("folder/a.txt", b"one"), ("folder/sub/b.bin", bytes(range(256)) * 9), (LONG, b"long"), ("folder/empty", b"")]
archives = {
    "honest.tar": tar(honest + [("folder/bare", "5")]),
    "honest.tar.gz": gzip.compress(tar(honest), mtime=0),
    "honest.zip": zipped(honest + [("folder/bare/", b"")]),
    "stored.zip": zipped(honest, zipfile.ZIP_STORED),
    "dots.tar": tar([("./folder/a.txt", b"one"), ("folder//b.txt", b"two")]),
    "twice.tar": tar([("a.txt", b"first"), ("a.txt", b"second")]),
    "up.tar": tar([("good.txt", b"g"), ("../evil.txt", b"x")]),
    "deep_up.tar.gz": gzip.compress(tar([("folder/../../evil.txt", b"x")]), mtime=0),
    "absolute.tar": tar([("/tmp/evil.txt", b"x")]),
    "backslash.tar": tar([("..\\evil.txt", b"x")]),
    "drive.tar": tar([("C:evil.txt", b"x")]),
    "up.zip": zipped([("../evil.txt", b"x")]),
    "absolute.zip": zipped([("/evil.txt", b"x")]),
    "link_out.tar": tar([("out", "2../.."), ("out/evil.txt", b"x"), ("good.txt", b"g")]),
    "link_file.tar": tar([("passwd", "2/etc/passwd"), ("passwd", b"x")]),
    "hard_link.tar": tar([("hard", "1../../evil.txt"), ("good.txt", b"g")]),
    "devices.tar": tar([("pipe", "6"), ("null", "3"), ("good.txt", b"g")]),
    "link.zip": zipped([("out", "../.."), ("out/evil.txt", b"x"), ("good.txt", b"g")]),
    "bomb.tar.gz": gzip.compress(tar([("zeros", bytes(3_000_000))]), mtime=0),
    "bomb.zip": zipped([("zeros", bytes(3_000_000))]),
    "file_as_folder.tar": tar([("good.txt", b"g"), ("a", b"file"), ("a/b", b"x")]),
    "file_as_folder.zip": zipped([("good.txt", b"g"), ("a", b"file"), ("a/b", b"x")]),
    "folder_as_file.tar": tar([("a/b", b"x"), ("a", b"file")]),
    "folder_itself.tar": tar([(".", b"file")]),
    "long_name.tar": tar([("n" * 300, b"x")]),
    "within.tar": tar([("n01.tar", tar([("n01_1.JPEG", b"inner")])), ("n02.tar", tar([("n02_7.JPEG", b"other")]))]),
}
json.dump({"long": LONG, "files": {name: base64.b64encode(gzip.compress(data, mtime=0)).decode() for name, data in archives.items()}},
          open(folder / "archives.json", "w"))


# Files of MATLAB's version 5 as SciPy writes them; the values as SciPy reads them again, the first index fastest.


def mat(variables, **options):
    out = io.BytesIO()
    scipy.io.savemat(out, variables, **options)
    # the text at the beginning of version 5 has the date, which would make every run another file
    return out.getvalue() if options.get("format") == "4" else b"MATLAB 5.0 MAT-file".ljust(116) + out.getvalue()[116:]


def struct_array(*pairs):
    array = numpy.zeros((len(pairs), 1), [("id", object), ("name", object)])
    for i, (number, name) in enumerate(pairs):
        array[i, 0] = (number, name)
    return array


cells = numpy.empty((1, 3), object)
cells[0, :] = ["one", numpy.arange(6.0).reshape(2, 3), numpy.empty((0, 0))]
variables = {
    "images": random.integers(0, 256, (4, 5, 3, 7), numpy.uint8),
    "y": numpy.array([[1], [10], [3]], numpy.uint8),
    "double": numpy.array([[0.5, -1e300], [2, 3]]),
    "whole": numpy.array([[1.0, 2.0, 3.0]]),
    "single": random.normal(size=(3, 2)).astype(numpy.float32),
    "short": numpy.array([[-3, 4]], numpy.int16),
    "long": numpy.array([[-(2**40), 7]], numpy.int64),
    "yes": numpy.array([[True, False]]),
    "text": "n01440764 \u00e9\u4e2d",
    "cells": cells,
    "synsets": struct_array((1, "n02119789"), (2, "n02100735")),
    "one": {"Segmentation": numpy.array([[0, 1], [20, 255]], numpy.uint8), "Sparse": scipy.sparse.eye(3).tocsc()},
    "complex": numpy.array([[1 + 2j]]),
    "empty": numpy.zeros((0, 3)),
}
json.dump({
    "files": {name: base64.b64encode(mat(variables, do_compression=packed)).decode()
              for name, packed in (("packed", True), ("plain", False))},
    "version_4": base64.b64encode(mat({"a": numpy.arange(3.0)}, format="4")).decode(),
    "numbers": {
        name: {"shape": numpy.atleast_2d(value).shape,
               "values": [int(v) if value.dtype.kind in "iub" else float(v) for v in value.ravel("F")]}
        for name, value in variables.items() if isinstance(value, numpy.ndarray) and value.dtype.kind in "iufb"
    },
}, open(folder / "mat.json", "w"))


# Small sets in the official formats, and the images that torchvision makes of them.


def photograph(height, width, seed, format="JPEG", mode="RGB"):
    return saved(picture(height, width, seed).convert(mode), format, **({"quality": 90} if format == "JPEG" else {}))


def fitted(data, size, mode="RGB", shorter=None):
    image = Image.open(io.BytesIO(data)).convert(mode)
    return numpy.asarray(Compose([Resize(shorter or size), CenterCrop(size)])(image))


def digest(arrays):
    """SHA-256 of the bytes of images one after the other."""
    return hashlib.sha256(b"".join(numpy.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


def strokes(seed):
    """A character of 105 x 105 pixels of one bit, black on white, as Omniglot's."""
    y, x = numpy.mgrid[0:105, 0:105]
    ink = abs((x - 52) ** 2 + (y - 40 - 4 * seed) ** 2 - (20 + 3 * seed) ** 2) < 150
    return Image.fromarray(~(ink | (abs(x - y + 7 * seed) < 2)))


characters = {f"images_evaluation/{name}.png": saved(strokes(i), "PNG") for i, name in enumerate(
    ["Tibetan/character02/0972_01", "Angelic/character01/0965_02", "Angelic/character01/0965_01", "Tibetan/character01/0971_20"])}
small = [255 - numpy.asarray(Resize((28, 28))(Image.open(io.BytesIO(characters[name])).convert("L")))
         for name in sorted(characters)]

textures = {f"{kind}/{kind}_{n:04d}.jpg": photograph(height, width, n) for kind, n, height, width in
            [("banded", 2, 50, 64), ("banded", 5, 64, 50), ("dotted", 60, 48, 48), ("zigzagged", 7, 90, 61)]}
splits = {1: ["dotted/dotted_0060.jpg", "banded/banded_0002.jpg"], 2: ["zigzagged/zigzagged_0007.jpg"]}
dtd = [("dtd/images", "5")]
dtd += [(f"dtd/images/{name}", data) for name, data in textures.items()] + [("dtd/images/banded/.banded_0009.jpg", b"no")]
dtd += [(f"dtd/labels/test{k}.txt", ("\n".join(v) + "\n").encode()) for k, v in splits.items()]

house = random.integers(0, 256, (32, 32, 3, 5), numpy.uint8)

species = {f"val/{name}": photograph(height, width, n) for n, (name, height, width) in enumerate([
    ("00001_Animalia_Annelida_Clitellata_b/x2.jpg", 70, 90), ("00000_Animalia_Annelida_Clitellata_a/x9.jpg", 80, 66),
    ("00000_Animalia_Annelida_Clitellata_a/x1.jpg", 67, 64)])}
natural = {
    "imagenet-o/n01443537/a.JPEG": photograph(70, 64, 3), "imagenet-o/n01443537/b.JPEG": photograph(64, 75, 4, "PNG"),
    "imagenet-o/n02110341/c.JPEG": photograph(80, 80, 5, mode="L"), "imagenet-o/n02110341/d.JPEG": photograph(81, 66, 6, mode="CMYK"),
}


def idx(array):
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes(), mtime=0)


kana = random.integers(0, 256, (6, 28, 28), numpy.uint8)
kana_labels = numpy.array([3, 1, 4, 1, 5, 9], numpy.uint8)
sets = {
    "omniglot": {"files": {"images_evaluation.zip": zipped(characters.items())},
                 "expected": {"inverted": digest(small), "original": digest(255 - s for s in small)}},
    "textures": {"files": {"dtd-r1.0.1.tar.gz": gzip.compress(tar(dtd), mtime=0)},
                 "expected": {"1": digest(fitted(textures[n], 32) for n in splits[1]),
                              "2": digest(fitted(textures[n], 32) for n in splits[2]),
                              "all": digest(fitted(textures[n], 32) for n in sorted(textures)),
                              "grey": digest(fitted(textures[n], 28, "L") for n in splits[1])}},
    "svhn": {"files": {"test_32x32.mat": mat({"X": house, "y": numpy.array([[1], [10], [3], [9], [10]], numpy.uint8)},
                                             do_compression=True)},
             "expected": {"images": digest([house.transpose(3, 0, 1, 2)])}},
    "inaturalist": {"files": {"val.tar.gz": gzip.compress(tar(list(species.items())), mtime=0)},
                    "expected": {"64": digest(fitted(species[n], 64) for n in sorted(species)),
                                 "224": digest(fitted(species[n], 224, shorter=256) for n in sorted(species))}},
    "imagenet_o": {"files": {"imagenet-o.tar": tar(list(natural.items()))},
                   "expected": {"64": digest(fitted(natural[n], 64) for n in sorted(natural))}},
    "kmnist": {"files": {"t10k-images-idx3-ubyte.gz": idx(kana), "t10k-labels-idx1-ubyte.gz": idx(kana_labels)},
               "expected": {"images": digest([kana])}},
}
for name, content in sets.items():
    content["files"] = {file: base64.b64encode(gzip.compress(data, mtime=0)).decode()
                        for file, data in content["files"].items()}
json.dump({"versions": versions, "sets": sets}, open(folder / "sets.json", "w"))
