"""Values and gradients of resizing, swish, and convolutions with other zeros on each side: tests/fixtures/kernels/.

    python tests/oracles/segmentation_kernels.py

Needs torch, numpy and safetensors. Stored as tests/oracles/kernels.py says.
"""

import itertools

import torch
import torch.nn.functional as F

import kernels
from kernels import Group, draw, nchw, nhwc, oihw


def resizing():
    group = Group("resizing")
    sizes = {"3x4": (3, 4), "1x5": (1, 5), "6x2": (6, 2)}
    for name, (height, width) in sizes.items():
        group.share(**{name: draw(2, height, width, 3)})
    targets = [(6, 8), (12, 16), (5, 7), (1, 1), (3, 2)]
    for name, size in itertools.product(sizes, targets):

        def bilinear(x):
            return nhwc(F.interpolate(nchw(x), size=size, mode="bilinear", align_corners=True))

        group.case(f"bilinear {name} to {size[0]}x{size[1]}", bilinear, {"x": name}, {"size": size})
    for name, factor in itertools.product(sizes, (1, 2, 3)):

        def nearest(x):
            return nhwc(F.interpolate(nchw(x), scale_factor=factor, mode="nearest"))

        group.case(f"nearest {name} by {factor}", nearest, {"x": name}, {"factor": factor})
    group.write()


def swishes():
    group = Group("swish")
    x = draw(2, 3, 4, 5, scale=4.0)
    # Where exponentials overflow or vanish in float32.
    x[0, 0, 0] = torch.tensor([0.0, 100.0, -100.0, 30.0, -30.0], dtype=x.dtype)
    group.share(map=x, rows=draw(6, 5, scale=2.0))
    for shape in ("map", "rows"):
        group.case(f"swish of {shape}", lambda x: F.silu(x), {"x": shape}, {})
        group.case(f"sigmoid of {shape}", lambda x: torch.sigmoid(x), {"x": shape}, {})
    group.write()


def one_sided():
    """Zeros as TensorFlow's "same" puts them, and others, for plain, grouped and depthwise convolutions."""
    group = Group("one_sided")
    sizes = {"8x6": (8, 6), "7x5": (7, 5), "2x1": (2, 1)}
    for name, (height, width) in sizes.items():
        group.share(**{f"x.{name}": draw(2, height, width, 4)})
    for k in (3, 5):
        group.share(**{f"plain.{k}": draw(k, k, 4, 3, scale=0.5)})
        group.share(**{f"grouped.{k}": draw(k, k, 2, 6, scale=0.5)})
        group.share(**{f"depthwise.{k}": draw(k, k, 4, 1, scale=0.5)})
    windows = [(3, 2, (0, 1, 0, 1)), (3, 1, (0, 2, 2, 0)), (5, 2, (1, 2, 1, 2)), (5, 2, (2, 2, 2, 2)), (5, 1, (3, 1, 2, 2))]
    for size, (k, stride, sides), kind in itertools.product(sizes, windows, ("plain", "grouped", "depthwise")):
        top, bottom, left, right = sides
        if sizes[size][0] + top + bottom < k or sizes[size][1] + left + right < k:
            continue

        def f(x, filter):
            padded = F.pad(nchw(x), (left, right, top, bottom))
            if kind == "depthwise":
                return nhwc(F.conv2d(padded, filter.permute(2, 3, 0, 1), None, stride, groups=4))
            return nhwc(F.conv2d(padded, oihw(filter), None, stride, groups=2 if kind == "grouped" else 1))

        name = f"{kind} {k}x{k} on {size}, stride {stride}, padding {sides}"
        options = {"stride": stride, "padding": sides}
        group.case(name, f, {"x": f"x.{size}", "filter": f"{kind}.{k}"}, options)
    # Even maps and groups of few channels, which the gradient by images must not be taken for.
    group.share(**{"x.even": draw(1, 8, 8, 8), "even": draw(3, 3, 4, 8, scale=0.5)})

    def even(x, filter):
        return nhwc(F.conv2d(nchw(x), oihw(filter), None, 1, 1, groups=2))

    group.case("grouped on an even map", even, {"x": "x.even", "filter": "even"}, {"stride": 1, "padding": 1})
    group.write()


kernels.MADE_BY = kernels.MADE_BY.replace("kernels.py", "segmentation_kernels.py")
resizing()
swishes()
one_sided()
