"""Writes tests/fixtures/corruptions/image_{32,64,224}.safetensors: images corrupted by the libraries of corruptions_image.py.

python tests/oracles/corruptions_image_fixtures.py tests/fixtures/corruptions

Images and fields come from a formula of whole numbers that tests/corruptions/image_case.ts shares. Of every corrupted image the file
holds each STRIDE-th byte, and the SHA-256 of all of them.
"""

import hashlib
import json
import subprocess
import sys

import cv2
import numpy as np
import PIL
import scipy
import skimage
from PIL import features
from safetensors.numpy import save_file

import corruptions_image as oracle

STRIDE = {32: 2, 64: 11, 224: 127}


def hashed(places, seed):
    """A random-looking uint32 for every place."""
    h = np.asarray(places, np.uint64) + np.uint64(seed * 2654435769)
    h &= np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        h ^= h >> np.uint64(shift)
        h = h * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    return h ^ (h >> np.uint64(16))


def uniform(shape, seed):
    return ((hashed(np.arange(np.prod(shape)), seed).astype(np.float64) + 0.5) / 2**32).reshape(shape)


def normal(shape, seed):
    """Nearly normal: the sum of twelve uniform numbers, less 6."""
    total = np.zeros(shape)
    for k in range(12):
        total = total + uniform(shape, seed + 1000 * (k + 1))
    return total - 6


def test_image(side, seed):
    """A quarter each of gradients, flat blocks, noise, and blocks with noise; black, white and grey pixels in it."""
    y, x, c = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing="ij")
    gradient = np.stack([x[..., 0], y[..., 0], x[..., 0] + y[..., 0]], -1) * 255 // np.array([side - 1, side - 1, 2 * side - 2])
    block = (hashed((y * 8 // side * 8 + x * 8 // side) * 3 + c, seed + 1) >> np.uint64(24)).astype(np.int64)
    noise = (hashed((y * side + x) * 3 + c, seed + 2) >> np.uint64(24)).astype(np.int64)
    upper, left = y < side // 2, x < side // 2
    mixed = np.where(upper, np.where(left, gradient, block), np.where(left, noise, block * 3 // 4 + noise // 8 + 16))
    grey = (hashed(y * side + x, seed + 3) & np.uint64(31)).astype(np.int64)
    mixed = np.where(grey == 0, 0, np.where(grey == 1, 255, np.where(grey == 2, mixed[..., :1], mixed)))
    return mixed.astype(np.uint8)


def test_field(name, side, severity, seed):
    if name in ("gaussian_noise", "speckle_noise"):
        return normal((side, side, 3), seed)
    if name in ("shot_noise", "impulse_noise"):
        return uniform((side, side, 3), seed)
    if name == "glass_blur":
        _, reach, rounds = oracle.severities[name][side][severity - 1]
        places = rounds * (side - 2 * reach) ** 2
        return np.floor(uniform((places, 2), seed) * 2 * reach).astype(np.int64) - reach
    if name == "motion_blur":
        return float(90 * uniform((1,), seed)[0] - 45)
    if name == "fog":
        size = 256 if side == 224 else side
        return 2 * uniform((size, size), seed) - 1
    if name == "frost":
        return test_image(side, seed + 50)
    if name == "snow":
        return normal((side, side), seed), float(-135 + 90 * uniform((1,), seed + 1)[0])
    if name == "spatter":
        return normal((side, side), seed)
    if name == "elastic_transform":
        return tuple(2 * uniform(shape, seed + k) - 1 for k, shape in enumerate(((3, 2), (side, side), (side, side))))
    return None


def seed_of(index, severity):
    return 100 * index + severity


def main(folder):
    turbo = features.version("libjpeg_turbo")
    magick = subprocess.run(["convert-im6.q16", "--version"], capture_output=True, text=True).stdout.split()[2]
    made_by = (
        f"tests/oracles/corruptions_image_fixtures.py: numpy {np.__version__}, scipy {scipy.__version__}, scikit-image "
        f"{skimage.__version__}, OpenCV {cv2.__version__}, Pillow {PIL.__version__} (libjpeg-turbo {turbo}), ImageMagick {magick}"
    )
    for side, stride in STRIDE.items():
        samples, hashes = {}, {}
        for index, name in enumerate(oracle.severities):
            for severity in range(1, 6):
                seed = seed_of(index, severity)
                field = test_field(name, side, severity, seed)
                out, _ = oracle.corrupt(name, test_image(side, seed), severity, field)
                samples[f"{name}/{severity}"] = out.ravel()[::stride].copy()
                hashes[f"{name}/{severity}"] = hashlib.sha256(out.tobytes()).hexdigest()
        resized = {str(f): hashlib.sha256(cv2.resize(test_image(side, 9), (0, 0), fx=f, fy=f).tobytes()).hexdigest() for f in (0.2, 0.3)}
        metadata = {"madeBy": made_by, "stride": str(stride), "names": json.dumps(list(oracle.severities)), "sha256": json.dumps(hashes), "resized": json.dumps(resized)}
        save_file(samples, f"{folder}/image_{side}.safetensors", metadata)


if __name__ == "__main__":
    main(sys.argv[1])
