"""Names and shapes of published weights: tests/fixtures/networks/encoder_names.json.

    python tests/oracles/encoder_names.py

Needs torch, torchvision, timm and segmentation_models_pytorch. Counters are left out; the order is that of the state dict.
"""

import json
import pathlib

import segmentation_models_pytorch as smp
import timm
import torchvision

FILE = pathlib.Path(__file__).parent.parent / "fixtures" / "networks" / "encoder_names.json"


def names(model):
    state = model.state_dict().items()
    return [[name, list(t.shape)] for name, t in state if not name.endswith("num_batches_tracked")]


def old(entries):
    """As torchvision's own files of DenseNets have them."""
    for i in "12":
        entries = [[name.replace(f".norm{i}.", f".norm.{i}.").replace(f".conv{i}.", f".conv.{i}."), s] for name, s in entries]
    return entries


models = {
    "torchvision resnet18": ("resnet18", names(torchvision.models.resnet18())),
    "timm resnext50_32x4d": ("resnext50_32x4d", names(timm.create_model("resnext50_32x4d"))),
    "torchvision densenet121": ("densenet121", old(names(torchvision.models.densenet121()))),
    "torchvision efficientnet_b0": ("efficientnet_b0", names(torchvision.models.efficientnet_b0())),
    "timm tf_efficientnet_b0": ("efficientnet_b0", names(timm.create_model("tf_efficientnet_b0"))),
    "smp efficientnet-b0": (
        "efficientnet_b0",
        names(smp.encoders.get_encoder("efficientnet-b0", weights=None)),
    ),
}
contents = {title: {"encoder": encoder, "tensors": tensors} for title, (encoder, tensors) in models.items()}
FILE.write_text(json.dumps(contents) + "\n")
