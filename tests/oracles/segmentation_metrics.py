"""IoU and accuracy of segmentation_models_pytorch on random label maps: tests/fixtures/evaluation/segmentation.json.

    python tests/oracles/segmentation_metrics.py

Needs torch and segmentation_models_pytorch.
"""

import json
import pathlib

import segmentation_models_pytorch as smp
import torch

FILE = pathlib.Path(__file__).parent.parent / "fixtures" / "evaluation" / "segmentation.json"
IGNORED = 255


def case(name, classes, shape, present, ignored, agreement):
    generator = torch.Generator().manual_seed(len(name))
    choice = torch.tensor(present)
    truth = choice[torch.randint(len(present), shape, generator=generator)]
    guess = choice[torch.randint(len(present), shape, generator=generator)]
    guess = torch.where(torch.rand(shape, generator=generator) < agreement, truth, guess)
    truth = torch.where(torch.rand(shape, generator=generator) < ignored, torch.tensor(IGNORED), truth)
    stats = smp.metrics.get_stats(guess, truth, mode="multiclass", num_classes=classes, ignore_index=IGNORED)
    # Over all images together, as for a whole test set.
    sums = [count.sum(0, keepdim=True) for count in stats]
    iou = smp.metrics.iou_score(*sums, reduction="none")[0]
    return {
        "name": name,
        "classes": classes,
        "ignoreLabel": IGNORED,
        "labels": truth.flatten(1).tolist(),
        "predicted": guess.flatten(1).tolist(),
        "perClass": iou.tolist(),
        "macro": smp.metrics.iou_score(*stats, reduction="macro").item(),
        "pixelAccuracy": smp.metrics.recall(*stats, reduction="micro").item(),
    }


cases = [
    case("all classes", 5, (3, 6, 7), [0, 1, 2, 3, 4], 0.0, 0.6),
    case("ignored pixels", 4, (2, 8, 5), [0, 1, 2, 3], 0.3, 0.5),
    case("classes that are nowhere", 6, (2, 7, 5), [0, 2, 5], 0.2, 0.7),
    case("perfect", 3, (1, 4, 4), [0, 1, 2], 0.1, 1.0),
]
made_by = f"tests/oracles/segmentation_metrics.py, segmentation_models_pytorch {smp.__version__}, torch {torch.__version__}"
FILE.write_text(json.dumps({"madeBy": made_by, "cases": cases}) + "\n")
