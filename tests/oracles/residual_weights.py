"""A small wide network as PyTorch writes it, and its logits: tests/fixtures/networks/. Ours as PyTorch reads it: --check.

    python tests/oracles/residual_weights.py
    python tests/oracles/residual_weights.py --check FILE

Needs torch, torchvision, numpy and safetensors. The statistics of the normalisation are those after a step of training. FILE
holds weights that `saveWeights` wrote for the fixture's network, and `logits` of the fixture's images in its metadata (JSON).
"""

import json
import pathlib
import sys

import safetensors
import safetensors.torch
import torch

from networks import build

NAME, CLASSES, SIDE = "wrn10_1", 4, 12
FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "networks"


def images():
    count = 2 * 3 * SIDE * SIDE
    return (0.5 + 0.5 * torch.sin(0.37 * torch.arange(count))).reshape(2, 3, SIDE, SIDE)


def logits_of(model):
    model.eval()
    with torch.no_grad():
        return model(images()).tolist()


if sys.argv[1:2] == ["--check"]:
    with safetensors.safe_open(sys.argv[2], "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        ours = json.loads(file.metadata()["logits"])
    model = build(NAME, CLASSES)
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    difference = (torch.tensor(logits_of(model)) - torch.tensor(ours)).abs().max().item()
    print(f"largest difference of the logits: {difference}")
    assert difference < 1e-5
else:
    torch.manual_seed(1)
    model = build(NAME, CLASSES)
    model.train()
    model(images())
    FOLDER.mkdir(parents=True, exist_ok=True)
    metadata = {
        "logits": json.dumps(logits_of(model)),
        "made by": f"tests/oracles/residual_weights.py, torch {torch.__version__}, safetensors {safetensors.__version__}",
    }
    safetensors.torch.save_file(model.state_dict(), FOLDER / f"{NAME}.safetensors", metadata)
