"""Golden files of segmentation_models_pytorch's FPN, by the rule of the golden files, in its form for logits of every pixel.

    python tests/oracles/segmentation_goldens.py FOLDER fpn_resnet18_c5_64x96 fpn_efficientnet-b0_c11_32x64 ...

Needs torch, numpy and segmentation_models_pytorch. A name ends with the number of classes and the height and width of the images.
"""

import copy
import json
import pathlib
import re
import sys

import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as F

from goldens import fill, images, rounded


def labels(count, classes, height, width):
    n, y, x = torch.meshgrid(torch.arange(count), torch.arange(height), torch.arange(width), indexing="ij")
    return (n + y // 8 + x // 8) % classes


def at(logits, places):
    return [[*place, logits[place[0], :, place[1], place[2]].tolist()] for place in places]


def training_step(model, shape, classes):
    model.train()
    # Nothing is dropped.
    model.decoder.dropout.p = 0.0
    if hasattr(model.encoder, "_drop_connect_rate"):
        model.encoder._drop_connect_rate = 0.0
    dtype = next(model.parameters()).dtype
    logits = model(images(4, shape).to(dtype))
    loss = F.cross_entropy(logits, labels(4, classes, *shape[1:]))
    loss.backward()
    norms = [None if p.grad is None else p.grad.norm().item() for p in model.parameters()]
    return logits.detach(), loss.item(), norms


def golden_of(network, encoder, classes, height, width):
    torch.manual_seed(0)
    shape = (3, height, width)
    exact = smp.FPN(encoder, encoder_weights=None, classes=classes).double()
    fill(exact)
    single = copy.deepcopy(exact).float()
    exact.eval(), single.eval()
    with torch.no_grad():
        evaluated = exact(images(2, shape))
        error = (single(images(2, shape).float()).double() - evaluated).abs().max().item()
    logits, loss, norms = training_step(exact, shape, classes)
    _, loss32, norms32 = training_step(single, shape, classes)
    largest = max(norm for norm in norms if norm)
    relative = sorted(abs(a / b - 1) for a, b in zip(norms32, norms) if b and b > 1e-12 * largest)
    buffers = [(name, b) for name, b in exact.named_buffers() if not name.endswith("num_batches_tracked")]
    statistics = [[name, b[:3].tolist()] for name, b in buffers]
    # As in the given files, those of the first batch norm and of the last that is called.
    used = [(name, b) for name, b in statistics if not name.startswith("encoder._bn1.")]
    places = [(0, 0, 0), (0, height // 5, width // 3), (1, height // 2, width // 2), (1, height - 1, width - 1)]
    return {
        "network": network,
        "madeBy": f"tests/oracles/segmentation_goldens.py, torch {torch.__version__}, smp {smp.__version__}",
        "inputShapeNCHW": [2, *shape],
        "outputShape": [2, classes, height, width],
        "trainableParams": sum(p.numel() for p in exact.parameters()),
        "eval": {
            "outMean": rounded(evaluated.mean().item()),
            "outStd": rounded(evaluated.std(correction=0).item()),
            "outL2": rounded(evaluated.norm().item()),
            "float32MaxAbsDiff": rounded(error),
            "logitsAt": rounded(at(evaluated, places)),
            "checkpoints": [],
        },
        "train": {
            "loss": rounded(loss),
            "logitsAt": rounded(at(logits, [(3, height // 5, width // 3)])),
            "runningStatsAfterForward": rounded(used[:2] + used[-2:]),
            "float32LossDiff": rounded(abs(loss32 - loss)),
            "float32GradL2MaxRelDiff": rounded(relative[-1]),
            "float32GradL2MedianRelDiff": rounded(relative[len(relative) // 2]),
        },
        "params": [
            [k, name, list(p.shape), rounded(norms[k])] for k, (name, p) in enumerate(exact.named_parameters())
        ],
        "buffers": [[name, list(b.shape)] for name, b in buffers],
    }


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for full_name in sys.argv[2:]:
    encoder, classes, height, width = re.fullmatch(r"fpn_(.*)_c(\d+)_(\d+)x(\d+)", full_name).groups()
    contents = golden_of(full_name, encoder, int(classes), int(height), int(width))
    (folder / f"{full_name}.json").write_text(json.dumps(contents) + "\n")
