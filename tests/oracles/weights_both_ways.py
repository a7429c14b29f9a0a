"""Weights between PyTorch and the project, both ways, for networks with their own random initial values.

    python tests/oracles/weights_both_ways.py mobilenet_v3_small_c10 inception_c200_64 ...

Needs torch, torchvision, numpy, safetensors and deno. PyTorch's weights are loaded here by weights_both_ways.ts, which writes
the logits of random images and then a network of its own; PyTorch loads that one strictly. Prints the largest differences.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

from networks import build

SCRIPT = pathlib.Path(__file__).with_suffix(".ts")
PROJECT = SCRIPT.parent.parent.parent


def logits_of(model, images):
    with torch.inference_mode():
        return model.eval()(images)


def move_statistics(model):
    """Gives the running statistics other values than 0 and 1."""
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.1)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)


for full_name in sys.argv[1:]:
    name, classes, side = re.fullmatch(r"(.*)_c(\d+)(?:_(\d+))?", full_name).groups()
    side = int(side or 32)
    torch.manual_seed(1)
    model = build(name, int(classes))
    move_statistics(model)
    images = torch.rand(2, 3, side, side)
    with tempfile.TemporaryDirectory() as folder:
        save_file(model.state_dict(), f"{folder}/theirs.safetensors")
        save_file({"images": images}, f"{folder}/images.safetensors")
        command = ["deno", "run", "-A", SCRIPT, name, classes, str(side), folder]
        subprocess.run(command, check=True, cwd=PROJECT)
        results = load_file(f"{folder}/logits.safetensors")
        theirs = logits_of(model, images)
        missing, unexpected = model.load_state_dict(load_file(f"{folder}/ours.safetensors"), strict=False)
        assert not unexpected and all(key.endswith("num_batches_tracked") for key in missing), (missing, unexpected)
        ours = logits_of(model, images)
    for way, ours_logits, theirs_logits in (
        ("PyTorch's weights here", results["theirs"], theirs),
        ("our weights in PyTorch", results["ours"], ours),
    ):
        difference, size = (ours_logits - theirs_logits).abs().max().item(), theirs_logits.abs().max().item()
        print(f"{full_name}: {way}: off by {difference:.2g} of {size:.3g}")
        assert difference <= 1e-4 * size
