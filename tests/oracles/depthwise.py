"""Values and gradients of depthwise and grouped convolutions, of hardswish and hardsigmoid: tests/fixtures/kernels/.

    python tests/oracles/depthwise.py

Needs torch, numpy and safetensors. Stored as tests/oracles/kernels.py says.
"""

import itertools

import torch.nn.functional as F

from kernels import Group, draw, nchw, nhwc, oihw

def apart(z, *kinks):
    for kink in kinks:
        distance = (z - kink).abs().min()
        assert distance > 3e-6, f"a value of {distance} is too close to the kink: take another seed"
    return z


def activate(z, activation):
    if activation == "hardswish":
        return F.hardswish(apart(z, -3, 3))
    return F.relu(apart(z, 0)) if activation == "relu" else z


def depthwise():
    """Filters are stored as [kH, kW, C, 1]; maps down to 1x1, where most of a filter only sees padding."""
    group = Group("depthwise")
    sizes = {"5x6": (5, 6), "6x6": (6, 6), "4x2": (4, 2), "2x2": (2, 2), "1x1": (1, 1), "1x3": (1, 3)}
    for name, (height, width) in sizes.items():
        group.share(**{f"x.{name}": draw(1 if height > 2 else 2, height, width, 3)})
    for k in (1, 3, 5):
        group.share(**{f"filter.{k}": draw(k, k, 3, 1, scale=0.5)})
    group.share(bias=draw(3))
    windows = [(1, 1, 0), (3, 1, 1), (3, 2, 1), (5, 1, 2), (5, 2, 2), (3, 1, 0), (3, 2, 0), (5, 2, 1), (3, 1, 2)]
    for size, (k, stride, padding), activation, biased in itertools.product(
        sizes, windows, ("none", "relu", "hardswish"), (True, False)
    ):
        if min(sizes[size]) + 2 * padding < k:
            continue
        # Without padding's zeros alone, exactly the kink of ReLU.
        if not biased and activation == "relu" and padding > k // 2:
            continue
        # Of the combinations those that go other ways through the kernels.
        if not biased and (activation == "relu") != (size == "6x6"):
            continue
        inputs = {"x": f"x.{size}", "filter": f"filter.{k}"} | ({"bias": "bias"} if biased else {})

        def f(x, filter, bias=None):
            z = F.conv2d(nchw(x), filter.permute(2, 3, 0, 1), bias, stride, padding, groups=3)
            return nhwc(activate(z, activation))

        name = f"{k}x{k} on {size}, stride {stride}, padding {padding}, {activation}" + (", bias" if biased else "")
        group.case(name, f, inputs, {"stride": stride, "padding": padding, "activation": activation})
    group.write()


def grouped():
    """Filters of g groups are [kH, kW, C / g, out], the groups one after the other along the last axis."""
    group = Group("grouped")
    group.share(x=draw(1, 5, 4, 6), bias=draw(12))
    for groups, k in itertools.product((2, 3, 6), (1, 3)):
        group.share(**{f"filter.{groups}.{k}": draw(k, k, 6 // groups, 12, scale=0.5)})
        for stride, activation, biased in itertools.product((1, 2), ("none", "relu"), (True, False)):
            inputs = {"x": "x", "filter": f"filter.{groups}.{k}"} | ({"bias": "bias"} if biased else {})
            padding = k // 2

            def f(x, filter, bias=None):
                z = F.conv2d(nchw(x), oihw(filter), bias, stride, padding, groups=groups)
                return nhwc(activate(z, activation))

            name = f"{groups} groups, {k}x{k}, stride {stride}, {activation}" + (", bias" if biased else "")
            group.case(name, f, inputs, {"stride": stride, "padding": padding, "activation": activation})
    group.write()


def activations():
    group = Group("hard_activations")
    x = draw(2, 3, 4, 5, scale=3.0)
    # The whole numbers, the kinks at -3 and 3 among them.
    x[0, 0, :2] = F.pad(x.new_tensor(range(-4, 5)), (0, 1)).reshape(2, 5)
    group.share(map=apart_or_on(x, -3, 3), rows=apart(draw(6, 5, scale=3.0), -3, 3))
    for shape in ("map", "rows"):
        group.case(f"hardswish of {shape}", lambda x: F.hardswish(x), {"x": shape}, {})
        group.case(f"hardsigmoid of {shape}", lambda x: F.hardsigmoid(x), {"x": shape}, {})
    group.write()


def apart_or_on(z, *kinks):
    apart(z[(z != kinks[0]) & (z != kinks[1])], *kinks)
    return z


depthwise()
grouped()
activations()
