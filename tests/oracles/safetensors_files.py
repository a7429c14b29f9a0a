"""Writes tests/fixtures/formats/python.safetensors, and reads a file written by encodeSafetensors().

python tests/oracles/safetensors_files.py write FILE
python tests/oracles/safetensors_files.py read FILE      prints name, dtype, shape and the values as JSON

Made with safetensors 0.8.0 and numpy 2.4.6 (the versions are also in the file's metadata).
"""

import json
import sys

import numpy
import safetensors
from safetensors import safe_open
from safetensors.numpy import save_file

mode, path = sys.argv[1:]
if mode == "write":
    tensors = {
        "conv.weight": (numpy.arange(24, dtype=numpy.float32) / 7).reshape(2, 3, 2, 2),
        "double": numpy.array([0.1, -numpy.inf, 1e300], dtype=numpy.float64),
        "bytes": numpy.array([[0, 255, 7]], dtype=numpy.uint8),
        "labels": numpy.array([-1, 2**31 - 1], dtype=numpy.int32),
        "num_batches_tracked": numpy.array(2**40 + 1, dtype=numpy.int64),
        "empty": numpy.zeros((0, 3), dtype=numpy.float32),
        "größe": numpy.array([numpy.nan], dtype=numpy.float32),
    }
    made_by = f"safetensors {safetensors.__version__}, numpy {numpy.__version__}"
    save_file(tensors, path, metadata={"made_by": made_by, "script": "tests/oracles/safetensors_files.py"})
else:
    with safe_open(path, framework="numpy") as file:
        found = {"metadata": file.metadata()}
        for name in sorted(file.keys()):
            tensor = file.get_tensor(name)
            found[name] = [str(tensor.dtype), list(tensor.shape), [str(value) for value in tensor.ravel().tolist()]]
        print(json.dumps(found, ensure_ascii=False, indent=1))
