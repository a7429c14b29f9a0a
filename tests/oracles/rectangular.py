"""Windows with a height and a width of their own, padded pooling and global means: tests/fixtures/kernels/.

    python tests/oracles/rectangular.py

Needs torch, numpy and safetensors. Stored as tests/oracles/kernels.py says.
"""

import itertools

import torch.nn.functional as F

from kernels import Group, draw, nchw, nhwc, oihw

HEIGHT, WIDTH = 7, 6


def rectangular():
    group = Group("rectangular")
    group.share(x=draw(2, HEIGHT, WIDTH, 3), bias=draw(4))
    for (height, width), padding, stride, biased in itertools.product(
        ((1, 7), (7, 1), (3, 5), (1, 3)), ("same", "none", (1, 3)), (1, 2), (True, False)
    ):
        padding = {"same": (height // 2, width // 2), "none": (0, 0)}.get(padding, padding)
        if HEIGHT + 2 * padding[0] < height or WIDTH + 2 * padding[1] < width:
            continue
        key = f"filter.{height}x{width}"
        if key not in group.tensors:
            group.share(**{key: draw(height, width, 3, 4, scale=0.5)})
        inputs = {"x": "x", "filter": key} | ({"bias": "bias"} if biased else {})
        group.case(
            f"convolution {height}x{width}, stride {stride}, padding {padding}{', bias' if biased else ''}",
            lambda x, filter, bias=None: nhwc(F.conv2d(nchw(x), oihw(filter), bias, stride, padding)),
            inputs,
            {"stride": stride, "padding": list(padding)},
        )
    for kind, pool in {"maxPool": F.max_pool2d, "averagePool": F.avg_pool2d}.items():
        for size, stride, padding in ((3, 2, 1), (3, 1, 1), (2, 2, 1)):
            group.case(
                f"{kind} {size}, stride {stride}, padding {padding}",
                lambda x: nhwc(pool(nchw(x), size, stride, padding)),
                {"x": "x"},
                {"size": size, "stride": stride, "padding": padding},
            )
    group.case("globalAveragePool", lambda x: x.mean((1, 2)), {"x": "x"}, {})
    group.write()


if __name__ == "__main__":
    rectangular()
