"""Writes tests/fixtures/datasets/mnist_c.zip: the published archive's form with few images, as NumPy saves them.

    python tests/oracles/mnist_c_archive.py tests/fixtures/datasets/mnist_c.zip

Pixel i of image n of the k-th folder is (7 k + 3 n + i) mod 256, its label (k + n) mod 10; fog has labels of int64, shear of
bytes and images without the last axis.
"""

import io
import sys
import zipfile

import numpy


def saved(array):
    buffer = io.BytesIO()
    numpy.save(buffer, array)
    return buffer.getvalue()


with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for k, name in enumerate(["identity", "fog", "shear"]):
        for half, count in [("train", 6), ("test", 5)]:
            n = numpy.arange(count)
            images = (7 * k + 3 * n[:, None] + numpy.arange(784)) % 256
            shape = (count, 28, 28) if name == "shear" else (count, 28, 28, 1)
            labels = ((k + n) % 10).astype(numpy.uint8 if name == "shear" else numpy.int64)
            for file, array in [("images", images.astype(numpy.uint8).reshape(shape)), ("labels", labels)]:
                # a fixed date, so that the bytes are always the same
                archive.writestr(zipfile.ZipInfo(f"mnist_c/{name}/{half}_{file}.npy"), saved(array), zipfile.ZIP_DEFLATED)
print("numpy", numpy.__version__)
