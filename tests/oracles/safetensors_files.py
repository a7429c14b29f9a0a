"""Writes tests/fixtures/formats/python.safetensors, and reads a file written by encodeSafetensors().

python tests/oracles/safetensors_files.py write FILE
python tests/oracles/safetensors_files.py read FILE      prints name, dtype, shape and the values as JSON

Made with safetensors 0.8.0 and torch 2.15.0 (the versions are also in the file's metadata).
"""

import json
import sys

import safetensors
import torch
from safetensors import safe_open
from safetensors.torch import save_file

mode, path = sys.argv[1:]
if mode == "write":
    tensors = {
        "conv.weight": (torch.arange(24, dtype=torch.float32) / 7).reshape(2, 3, 2, 2),
        "half": torch.tensor([0.1, -2.0], dtype=torch.float16),
        "brain": torch.tensor([0.1, -2.0, 3e38], dtype=torch.bfloat16),
        "double": torch.tensor([0.1, -torch.inf, 1e300], dtype=torch.float64),
        "bytes": torch.tensor([[0, 255, 7]], dtype=torch.uint8),
        "labels": torch.tensor([-1, 2**31 - 1], dtype=torch.int32),
        "num_batches_tracked": torch.tensor(2**40 + 1, dtype=torch.int64),
        "empty": torch.zeros((0, 3), dtype=torch.float32),
        "größe": torch.tensor([torch.nan], dtype=torch.float32),
    }
    made_by = f"safetensors {safetensors.__version__}, torch {torch.__version__}"
    save_file(tensors, path, metadata={"made_by": made_by, "script": "tests/oracles/safetensors_files.py"})
else:
    with safe_open(path, framework="pt") as file:
        found = {"metadata": file.metadata()}
        for name in sorted(file.keys()):
            tensor = file.get_tensor(name)
            found[name] = [str(tensor.dtype), list(tensor.shape), [str(value) for value in tensor.flatten().tolist()]]
        print(json.dumps(found, ensure_ascii=False, indent=1))
