"""Values and gradients of the kernels and of folded layers, in float64 with autograd: tests/fixtures/kernels/.

    python tests/oracles/kernels.py

Needs torch, numpy and safetensors. All tensors are stored in our layouts: images NHWC, filters HWIO. The gradients are those
of sum(value * dy) with dy = cos(i) at flat index i in our layout, so that dy need not be stored. No value lies within 1e-4 of
ReLU's kink, where float32 and float64 may rightly differ; ties in max pooling are a case of their own.
"""

import itertools
import json
import pathlib

import numpy
import safetensors
import safetensors.numpy
import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "kernels"
MADE_BY = (
    f"tests/oracles/kernels.py, torch {torch.__version__}, numpy {numpy.__version__}, "
    f"safetensors {safetensors.__version__}"
)
random = numpy.random.default_rng(20)


def draw(*shape, scale=1.0):
    """Normal numbers that float32 holds exactly."""
    values = (scale * random.standard_normal(shape)).astype(numpy.float32).astype(numpy.float64)
    return torch.tensor(values)


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def oihw(w):
    return w.permute(3, 2, 0, 1)


class Group:
    """The cases of one file."""

    def __init__(self, name):
        self.name, self.tensors, self.cases = name, {}, {}

    def share(self, **inputs):
        for key, value in inputs.items():
            self.tensors[key] = value.numpy().astype(numpy.float32)

    def case(self, name, f, inputs, options):
        """f takes the inputs by name and returns the value, or the value and further results by name."""
        leaves = {}
        for key, source in inputs.items():
            leaves[key] = torch.tensor(self.tensors[source].astype(numpy.float64), requires_grad=True)
        value = f(**leaves)
        value, more = value if isinstance(value, tuple) else (value, {})
        flat = value.reshape(-1)
        dy = torch.tensor(numpy.cos(numpy.arange(flat.numel())).astype(numpy.float32).astype(numpy.float64))
        (flat * dy).sum().backward()
        results = {"value": value.detach(), **more}
        results |= {f"gradient.{key}": leaf.grad for key, leaf in leaves.items()}
        for key, result in results.items():
            array = result.detach().numpy().astype(numpy.float32)
            self.tensors[f"{name}.{key}"] = numpy.ascontiguousarray(array)
        self.cases[name] = {"inputs": inputs, "options": options, "more": list(more)}

    def write(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        metadata = {"cases": json.dumps(self.cases), "made by": MADE_BY}
        file = FOLDER / f"{self.name}.safetensors"
        file.write_bytes(safetensors.numpy.save(self.tensors, metadata))


def activate(z, activation):
    if activation == "none":
        return z
    assert z.abs().min() > 1e-4, f"a value of {z.abs().min()} is too close to the kink: take another seed"
    return F.relu(z)


def convolution():
    group = Group("convolution")
    sizes = {"odd": (2, 7, 6), "even": (1, 8, 9)}
    for name, (count, height, width) in sizes.items():
        group.share(**{f"x.{name}": draw(count, height, width, 2)})
    for k in (1, 3, 5):
        group.share(**{f"filter.{k}": draw(k, k, 2, 3, scale=0.5)})
    group.share(bias=draw(3))
    windows = [(1, 1, 0), (1, 2, 0), (3, 1, 0), (3, 1, 1), (3, 1, 2), (3, 2, 0), (3, 2, 1)]
    windows += [(5, 1, 0), (5, 1, 1), (5, 1, 2), (5, 2, 0), (5, 2, 1), (5, 2, 2)]
    for size, (k, stride, padding), activation, biased in itertools.product(
        sizes, windows, ("none", "relu"), (True, False)
    ):
        inputs = {"x": f"x.{size}", "filter": f"filter.{k}"} | ({"bias": "bias"} if biased else {})

        def f(x, filter, bias=None):
            z = F.conv2d(nchw(x), oihw(filter), bias, stride, padding)
            return nhwc(activate(z, activation))

        name = f"{k}x{k} on {size} size, stride {stride}, padding {padding}, {activation}" + (
            ", bias" if biased else ""
        )
        # A filter that sees nothing but padding gives exactly 0 without a bias: the kink itself.
        if not biased and activation == "relu" and padding > k // 2:
            continue
        group.case(name, f, inputs, {"stride": stride, "padding": padding, "activation": activation})
    group.write()


def pooled_convolution():
    group = Group("pooled_convolution")
    group.share(x=draw(2, 9, 8, 2), filter=draw(3, 3, 2, 4, scale=0.5), bias=draw(4))
    for (stride, padding), pool, activation in itertools.product(
        ((1, 0), (1, 1), (2, 1)), (2, 3), ("none", "relu")
    ):
        group.case(
            f"stride {stride}, padding {padding}, pooling {pool}, {activation}",
            lambda x, filter, bias: nhwc(
                F.max_pool2d(activate(F.conv2d(nchw(x), oihw(filter), bias, stride, padding), activation), pool)
            ),
            {"x": "x", "filter": "filter", "bias": "bias"},
            {"stride": stride, "padding": padding, "size": pool, "activation": activation},
        )
    group.write()


def simple():
    group = Group("simple")
    group.share(x=draw(5, 7), weight=draw(4, 7, scale=0.5), bias=draw(4))
    for activation in ("none", "relu"):
        group.case(
            f"linear {activation}",
            lambda x, weight, bias: activate(F.linear(x, weight, bias), activation),
            {"x": "x", "weight": "weight", "bias": "bias"},
            {"activation": activation},
        )
    rectified = draw(2, 3, 3, 2)
    rectified[0, 0] = 0.0
    group.share(rectified=rectified)
    for slope in (0.25, -0.5, 0.0):
        group.share(**{f"slope {slope}": torch.tensor([slope])})
        group.case(
            f"prelu {slope}",
            lambda x, slope: F.prelu(x, slope),
            {"x": "rectified", "slope": f"slope {slope}"},
            {},
        )
    group.write()


def pooling():
    group = Group("pooling")
    sizes = {"7x6": (7, 6), "8x9": (8, 9), "3x3": (3, 3)}
    for name, (height, width) in sizes.items():
        group.share(**{f"x.{name}": draw(2, height, width, 3)})
    ties = torch.tensor(random.integers(0, 3, (2, 8, 9, 3)).astype(numpy.float64))
    group.share(**{"x.ties": ties})
    for kind, pool in {"maxPool": F.max_pool2d, "averagePool": F.avg_pool2d}.items():
        for image in (*sizes, "ties"):
            for size, stride in ((2, 2), (3, 2), (3, 1), (2, 1), (3, 3)):
                if kind == "averagePool" and image == "ties":
                    continue
                group.case(
                    f"{kind} {size} stride {stride} on {image}",
                    lambda x: nhwc(pool(nchw(x), size, stride)),
                    {"x": f"x.{image}"},
                    {"size": size, "stride": stride},
                )
    group.write()


def batch_norm():
    group = Group("batch_norm")
    for channels in (1, 6):
        group.share(
            **{
                f"x.{channels}": 2 + 3 * draw(3, 4, 5, channels),
                f"gamma.{channels}": 1 + draw(channels, scale=0.3),
                f"beta.{channels}": draw(channels),
                f"mean.{channels}": draw(channels),
                f"variance.{channels}": 0.5 + draw(channels).abs(),
            }
        )
        inputs = {key: f"{key}.{channels}" for key in ("x", "gamma", "beta")}
        for training, momentum, epsilon in itertools.product((True, False), (0.1, 0.01), (1e-5, 1e-3)):
            if not training and momentum != 0.1:
                continue

            def f(x, gamma, beta):
                mean, variance = (
                    torch.tensor(group.tensors[f"{key}.{channels}"].astype(numpy.float64))
                    for key in ("mean", "variance")
                )
                y = F.batch_norm(nchw(x), mean, variance, gamma, beta, training, momentum, epsilon)
                return nhwc(y), {"moved mean": mean, "moved variance": variance}

            mode = "training" if training else "inference"
            group.case(
                f"{mode}, {channels} channels, momentum {momentum}, epsilon {epsilon}",
                f,
                inputs,
                {"training": training, "momentum": momentum, "epsilon": epsilon, "channels": channels},
            )
    group.write()


def folded():
    """Batch normalisation taken up by the convolution that follows it, with and without pooling."""
    group = Group("folded")
    for channels in (1, 3):
        group.share(
            **{
                f"x.{channels}": 0.5 + draw(2, 9, 8, channels, scale=0.3),
                f"gamma.{channels}": 1 + draw(channels, scale=0.3),
                f"beta.{channels}": draw(channels),
                f"mean.{channels}": draw(channels, scale=0.3),
                f"variance.{channels}": 0.1 + draw(channels, scale=0.3).abs(),
                f"filter.{channels}": draw(3, 3, channels, 4, scale=0.5),
            }
        )
    group.share(bias=draw(4))
    for channels, training, pool, activation in itertools.product(
        (1, 3), (True, False), (None, 2), ("none", "relu")
    ):
        inputs = {key: f"{key}.{channels}" for key in ("x", "gamma", "beta", "filter")} | {"bias": "bias"}

        def f(x, gamma, beta, filter, bias):
            mean, variance = (
                torch.tensor(group.tensors[f"{key}.{channels}"].astype(numpy.float64))
                for key in ("mean", "variance")
            )
            h = F.batch_norm(nchw(x), mean, variance, gamma, beta, training)
            h = activate(F.conv2d(h, oihw(filter), bias), activation)
            h = h if pool is None else F.max_pool2d(h, pool)
            return nhwc(h), {"moved mean": mean, "moved variance": variance}

        mode = "training" if training else "inference"
        name = f"{mode}, {channels} channels, {'no' if pool is None else 'max'} pooling, {activation}"
        options = {"training": training, "maxPool": pool, "activation": activation, "channels": channels}
        group.case(name, f, inputs, options)
    group.write()


if __name__ == "__main__":
    convolution()
    simple()
    pooled_convolution()
    pooling()
    batch_norm()
    folded()
