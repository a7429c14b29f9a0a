"""Values and gradients of every loss on random logits, in float64 with autograd: tests/fixtures/losses/.

    python tests/oracles/losses.py

Needs torch, numpy and safetensors. Each loss is written straight from its formula (the paper's sections 3 and 4),
or is PyTorch's own where there is one. The logits are drawn so that no error is within 1e-5 of a kink or of HEM's
threshold, where float32 and float64 may rightly differ.
"""

import json
import pathlib

import numpy
import safetensors.numpy
import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "losses"


def class_counts(classes):
    """Imbalanced, 50 times as many of the first class as of the last."""
    return [round(500 * 50 ** (-i / max(classes - 1, 1))) for i in range(classes)]


def margins(classes):
    return torch.tensor([(2000 / (classes * s)) ** 0.5 for s in class_counts(classes)], dtype=torch.float64)


def ce(y, l):
    return F.cross_entropy(y, l)


def ln(y, l, temperature):
    return F.cross_entropy(y / (y.norm(dim=1, keepdim=True) + 1e-7) / temperature, l)


def la(y, l, tau):
    counts = torch.tensor(class_counts(y.shape[1]), dtype=torch.float64)
    return F.cross_entropy(y + tau * torch.log(counts / counts.sum()), l)


def dice(y, l, denominator):
    p, g = F.softmax(y, 1), F.one_hot(l, y.shape[1]).double()
    overlap = 2 * (p * g).sum(0)
    if denominator == "squared":
        return (1 - overlap / ((p * p).sum(0) + (g * g).sum(0) + 1e-7)).mean()
    score = overlap / (p.sum(0) + g.sum(0)).clamp_min(1e-7)
    return ((1 - score) * (g.sum(0) > 0)).mean()


def errors(y, l, margin, exponent, index="target"):
    if margin == "per class":
        m = margins(y.shape[1])
        margin = m[l][:, None] if index == "target" else m[None, :]
    u = (y - y.gather(1, l[:, None]) + margin).clamp_min(0)
    u = u.masked_fill(F.one_hot(l, y.shape[1]).bool(), 0)
    above = u > 0
    e = torch.where(above, torch.where(above, u, torch.ones_like(u)) ** exponent, torch.zeros_like(u))
    raw = (y - y.gather(1, l[:, None]) + margin)[~F.one_hot(l, y.shape[1]).bool()]
    assert raw.abs().min() > 1e-5, "too close to a kink, take another seed"
    return e


def thresholded(e):
    threshold = e.mean(1, keepdim=True).detach()
    assert (e - threshold)[e > 0].abs().min() > 1e-5, "too close to the threshold, take another seed"
    return torch.where(e >= threshold, e, torch.zeros_like(e))


def mean_above_zero(e):
    per_sample = e.sum(1) / (1e-6 + (e > 0).sum(1))
    return per_sample.sum() / (1e-6 + (per_sample > 0).sum())


def mm(y, l, margin, exponent):
    if exponent in (1, 2):
        return F.multi_margin_loss(y, l, p=exponent, margin=margin)
    return errors(y, l, margin, exponent).mean()


def mm_maz(y, l, margin, exponent):
    return mean_above_zero(errors(y, l, margin, exponent))


def mm_thres(y, l, margin, exponent):
    return thresholded(errors(y, l, margin, exponent)).mean()


def hem(y, l, margin, exponent, index="target"):
    return mean_above_zero(thresholded(errors(y, l, margin, exponent, index)))


# name of the variant: (loss, options, name of the factory and its options in TypeScript)
VARIANTS = {
    "ce": (ce, {}, "crossEntropy", {}),
    "ln": (ln, {"temperature": 0.04}, "logitNorm", {}),
    "ln_warm": (ln, {"temperature": 0.5}, "logitNorm", {"temperature": 0.5}),
    "la": (la, {"tau": 1}, "logitAdjusted", {}),
    "la_half": (la, {"tau": 0.5}, "logitAdjusted", {"tau": 0.5}),
    "dice": (dice, {"denominator": "squared"}, "dice", {}),
    "dice_plain": (dice, {"denominator": "plain"}, "dice", {"denominator": "plain"}),
    "mm": (mm, {"margin": 1, "exponent": 1}, "multiMargin", {}),
    "mm_root": (mm, {"margin": 0.5, "exponent": 0.5}, "multiMargin", {"margin": 0.5, "exponent": 0.5}),
    "mm_square": (mm, {"margin": 0.7, "exponent": 2}, "multiMargin", {"margin": 0.7, "exponent": 2}),
    "mm_maz": (mm_maz, {"margin": 0.2, "exponent": 1}, "multiMarginAboveZero", {"margin": 0.2}),
    "mm_thres": (mm_thres, {"margin": 0.2, "exponent": 1}, "multiMarginThresholded", {"margin": 0.2}),
    "hem": (hem, {"margin": 0.2, "exponent": 1}, "highErrorMargin", {"margin": 0.2}),
    "hem_root": (hem, {"margin": 0.5, "exponent": 0.5}, "highErrorMargin", {"margin": 0.5, "exponent": 0.5}),
    "hem_power": (hem, {"margin": 2, "exponent": 1.5}, "highErrorMargin", {"margin": 2, "exponent": 1.5}),
    "hem_negative": (hem, {"margin": -0.1, "exponent": 1}, "highErrorMargin", {"margin": -0.1}),
    "hem_plus": (
        hem, {"margin": "per class", "exponent": 1}, "highErrorMargin", {"margin": "per class"},
    ),
    "hem_plus_competitor": (
        hem,
        {"margin": "per class", "exponent": 1, "index": "competitor"},
        "highErrorMargin",
        {"margin": "per class", "marginIndex": "competitor"},
    ),
}

# name: (shape of the logits, scale, ignored label or None, share of the labels that is ignored)
CASES = {
    "single": ((1, 10), 1.0, None, 0),
    "two_classes": ((16, 2), 1.0, None, 0),
    "ten": ((32, 10), 1.0, None, 0),
    "thousand": ((2, 1000), 2.0, None, 0),
    "ignored": ((12, 5), 1.0, -1, 0.4),
    "pixels": ((2, 3, 4, 6), 1.0, 255, 0.3),
}


def case(shape, scale, ignored, share, seed):
    random = numpy.random.default_rng(seed)
    logits = (scale * random.standard_normal(shape)).astype(numpy.float32)
    labels = random.integers(0, shape[-1], shape[:-1]).astype(numpy.int32)
    if ignored is not None:
        labels[random.random(labels.shape) < share] = ignored
    out = {"logits": logits, "labels": labels}
    kept = torch.tensor(labels.reshape(-1) != ignored) if ignored is not None else slice(None)
    for name, (loss, options, *_) in VARIANTS.items():
        y = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        value = loss(y.reshape(-1, shape[-1])[kept], torch.tensor(labels).long().reshape(-1)[kept], **options)
        value.backward()
        out[f"{name}.value"] = numpy.array([value.item()])
        out[f"{name}.gradient"] = y.grad.numpy().astype(numpy.float32)
    return out


def main():
    tensors = {}
    for name, parameters in CASES.items():
        for seed in range(1000):
            try:
                made = case(*parameters, seed)
                break
            except AssertionError:
                continue
        tensors |= {f"{name}.{key}": value for key, value in made.items()}
    metadata = {
        "made by": f"tests/oracles/losses.py, torch {torch.__version__}, numpy {numpy.__version__}",
        "cases": json.dumps({
            name: {"ignoreLabel": ignored, "classCounts": class_counts(shape[-1])}
            for name, (shape, _, ignored, _) in CASES.items()
        }),
        "variants": json.dumps({
            name: {"factory": factory, "options": options}
            for name, (_, _, factory, options) in VARIANTS.items()
        }),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    safetensors.numpy.save_file(tensors, FOLDER / "random_logits.safetensors", metadata)


main()
