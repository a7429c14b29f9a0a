"""The losses as one would write them in PyTorch: the benchmark's other side.

`cases()` gives (name, make), with the names of loss_cases.ts; `make(compiled)` gives a step, one forward and backward
pass, of the loss as it is or compiled by torch.compile. Pixels have their classes on axis 1, as PyTorch wants them.
"""

import torch
import torch.nn.functional as F

SHAPES = [(128, 10), (128, 1000), (4, 512, 1024, 19)]


def imbalanced(classes):
    return torch.tensor([round(5000 * 100 ** (-i / (classes - 1))) for i in range(classes)])


def per_class(values, y):
    return values.view(1, -1, *[1] * (y.dim() - 2))


def ln(y, l):
    norm = y.norm(dim=1, keepdim=True) + 1e-7
    return F.cross_entropy(y / norm / 0.04, l)


def la(y, l, log_prior):
    return F.cross_entropy(y + per_class(log_prior, y), l)


def dice(y, l):
    p = F.softmax(y, dim=1)
    g = F.one_hot(l, y.shape[1]).movedim(-1, 1).to(p.dtype)
    axes = [0, *range(2, y.dim())]
    overlap = (p * g).sum(axes)
    return (1 - 2 * overlap / ((p * p).sum(axes) + (g * g).sum(axes) + 1e-7)).mean()


def mm(y, l):
    if y.dim() == 2:
        return F.multi_margin_loss(y, l)
    return F.multi_margin_loss(y.movedim(1, -1).reshape(-1, y.shape[1]), l.reshape(-1))


def hem(y, l, margin):
    target = l.unsqueeze(1)
    if margin.dim():
        margin = margin[target]
    errors = (y - y.gather(1, target) + margin).clamp_min(0).scatter(1, target, 0.0)
    threshold = errors.mean(1, keepdim=True).detach()
    errors = errors * (errors >= threshold)
    sample = errors.sum(1) / (1e-6 + (errors > 0).sum(1))
    return sample.sum() / (1e-6 + (sample > 0).sum())


def losses(classes):
    counts = imbalanced(classes)
    log_prior = torch.log(counts / counts.sum())
    margins = torch.sqrt(2000 / (classes * counts))
    return {
        "ce": F.cross_entropy,
        "ln": ln,
        "la": lambda y, l: la(y, l, log_prior),
        "dice": dice,
        "mm": mm,
        "hem": lambda y, l: hem(y, l, torch.tensor(0.2)),
        "hem_plus": lambda y, l: hem(y, l, margins),
    }


def make(loss, shape, compiled=False):
    if compiled:
        loss = torch.compile(loss)
    torch.manual_seed(0)
    *outer, classes = shape
    logits = torch.randn(outer[0], classes, *outer[1:], requires_grad=True)
    labels = torch.randint(0, classes, outer)

    def step():
        logits.grad = None
        loss(logits, labels).backward()

    return step


def cases():
    for shape in SHAPES:
        for name, loss in losses(shape[-1]).items():
            yield f"loss/{name}/{'x'.join(map(str, shape))}", lambda compiled=False, l=loss, s=shape: make(l, s, compiled)
