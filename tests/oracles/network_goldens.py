"""Golden files of the networks in tests/oracles/networks, by the rule of the golden files.

    python tests/oracles/network_goldens.py FOLDER mobilenet_v3_large_c100 inception_c10_64 ...

Needs torch, torchvision and numpy. A name ends with the number of classes and, where it is not 32, the side of the images.
"""

import json
import pathlib
import re
import sys

import torch

from goldens import golden_of
from networks import build
from networks.inception import auxiliary_logits

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for full_name in sys.argv[2:]:
    name, classes, side = re.fullmatch(r"(.*)_c(\d+)(?:_(\d+))?", full_name).groups()
    torch.manual_seed(0)
    side = int(side or 32)
    model = build(name, int(classes), side)
    shape = (3, side, side)
    contents = golden_of(full_name, model, shape, int(classes), auxiliary_logits if name == "inception" else None)
    (folder / f"{full_name}.json").write_text(json.dumps(contents) + "\n")
