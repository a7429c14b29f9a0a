"""Writes tests/fixtures/formats/*.npy: small arrays as NumPy saves them.

python tests/oracles/npy_files.py tests/fixtures/formats
"""

import pathlib
import sys

import numpy

folder = pathlib.Path(sys.argv[1])
numpy.save(folder / "bytes.npy", (numpy.arange(2 * 3 * 4) * 11 % 256).astype(numpy.uint8).reshape(2, 3, 4, 1))
numpy.save(folder / "int64.npy", numpy.array([7, -2, 2**40]))
numpy.save(folder / "int32.npy", numpy.array([[1, -2], [3, 4]], numpy.int32))
numpy.save(folder / "float32.npy", numpy.array([0.5, -1.25], numpy.float32))
numpy.save(folder / "float64.npy", numpy.array(0.1))
numpy.save(folder / "fortran.npy", numpy.asfortranarray(numpy.arange(6, dtype=numpy.uint8).reshape(2, 3)))
numpy.save(folder / "big_endian.npy", numpy.array([1, 2], ">i4"))
with open(folder / "version_2.npy", "wb") as file:
    numpy.lib.format.write_array(file, numpy.arange(5, dtype=numpy.uint8), version=(2, 0))
print("numpy", numpy.__version__)
