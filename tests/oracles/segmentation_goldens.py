"""Golden files of segmentation_models_pytorch's FPN, by the rule of the golden files, in its form for logits of every pixel.

    python tests/oracles/segmentation_goldens.py FOLDER fpn_resnet18_c5_64x96 fpn_efficientnet-b0_c11_32x64 ...

Needs torch, numpy and segmentation_models_pytorch. A name ends with the number of classes and the height and width of the images.
"""

import json
import pathlib
import re
import sys

import segmentation_models_pytorch as smp
import torch

from goldens import golden_of, rounded


def labels_of_pixels(logits):
    count, classes, height, width = logits.shape
    n, y, x = torch.meshgrid(torch.arange(count), torch.arange(height), torch.arange(width), indexing="ij")
    return (n + y // 8 + x // 8) % classes


def pixels(logits):
    """The logits of a few places of the batch's first and last image."""
    last, height, width = len(logits) - 1, *logits.shape[2:]
    places = [
        (0, 0, 0),
        (0, height // 5, width // 3),
        (last, height // 2, width // 2),
        (last, height - 1, width - 1),
    ]
    return {"logitsAt": rounded([[*place, logits[place[0], :, place[1], place[2]].tolist()] for place in places])}


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for full_name in sys.argv[2:]:
    encoder, classes, height, width = re.fullmatch(r"fpn_(.*)_c(\d+)_(\d+)x(\d+)", full_name).groups()
    torch.manual_seed(0)
    model = smp.FPN(encoder, encoder_weights=None, classes=int(classes))
    shape = (3, int(height), int(width))
    contents = golden_of(full_name, model, shape, int(classes), form=pixels, labels_of=labels_of_pixels)
    contents["madeBy"] += f", smp {smp.__version__}"
    (folder / f"{full_name}.json").write_text(json.dumps(contents) + "\n")
