"""torchattacks' side of tests/bench/compare_attacks.ts: python attacks.py REQUEST.json prints {"seconds": per attack,
"robust": share}.
"""

import json
import pathlib
import sys

import numpy
import torch
from safetensors.numpy import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "oracles"))
import attacks  # noqa: E402


def main():
    request = json.loads(pathlib.Path(sys.argv[1]).read_text())
    torch.set_num_threads(request["threads"])
    tensors = load_file(request["images"])
    images = torch.from_numpy(tensors["images"]).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(tensors["labels"].astype(numpy.int64))
    model = attacks.load_model(request["weights"], request["network"], tensors["images"].shape[1:], request["classes"])
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    settings = [request[key] for key in ("norm", "epsilon", "batchSize", "targets")]
    attacks.predictions(model, images)
    fooled_by, _, seconds = attacks.run_torchattacks(model, images, labels, *settings, queries=request["queries"])
    print(json.dumps({"seconds": seconds, "robust": float((fooled_by == 0).float().mean())}))


main()
