"""Values and gradients of the transformers' kernels, in float64 with autograd: tests/fixtures/kernels/transformers.safetensors.

    python tests/oracles/transformer_kernels.py

Needs torch, numpy and safetensors; inputs and gradients as in kernels.py.
"""

import itertools

import torch
import torch.nn.functional as F

import kernels
from kernels import Group, draw, nchw, nhwc

kernels.MADE_BY = kernels.MADE_BY.replace("/kernels.py", "/transformer_kernels.py")


def norms(group):
    shapes = {"5x7": (5, 7), "2x3x4x8": (2, 3, 4, 8)}
    for name, shape in shapes.items():
        group.share(
            **{
                f"x.{name}": 2 + 3 * draw(*shape),
                f"gamma.{name}": 1 + draw(shape[-1], scale=0.3),
                f"beta.{name}": draw(shape[-1]),
            }
        )
    for name, epsilon in itertools.product(shapes, (1e-5, 1e-6)):
        group.case(
            f"layer norm of {name}, epsilon {epsilon}",
            lambda x, gamma, beta: F.layer_norm(x, x.shape[-1:], gamma, beta, epsilon),
            {key: f"{key}.{name}" for key in ("x", "gamma", "beta")},
            {"epsilon": epsilon},
        )
    constant = torch.full((3, 7), 2.0, dtype=torch.float64)
    group.share(**{"x.constant": constant})
    group.case(
        "layer norm of equal numbers",
        lambda x, gamma, beta: F.layer_norm(x, x.shape[-1:], gamma, beta, 1e-5),
        {"x": "x.constant", "gamma": "gamma.5x7", "beta": "beta.5x7"},
        {"epsilon": 1e-5},
    )
    for groups in (1, 2, 4, 8):
        group.case(
            f"group norm of {groups} groups",
            lambda x, gamma, beta: nhwc(F.group_norm(nchw(x), groups, gamma, beta, 1e-5)),
            {key: f"{key}.2x3x4x8" for key in ("x", "gamma", "beta")},
            {"groups": groups, "epsilon": 1e-5},
        )


def linear(group):
    far = torch.tensor([[-40.0, -9.0, -5.5, -3.0, -1.0, -0.1, -1e-20, 0.0, 1e-20, 0.1, 1.0, 3.0, 5.5, 9.0, 40.0]])
    group.share(z=far.double(), rows=draw(6, 7), weight=draw(4, 7, scale=0.5), bias=draw(4))
    group.case("gelu", lambda x: F.gelu(x), {"x": "z"}, {})
    for activation, biased in itertools.product(("none", "relu", "gelu"), (True, False)):
        f = {"none": lambda x: x, "relu": F.relu, "gelu": F.gelu}[activation]
        group.case(
            f"linear {activation}{', bias' if biased else ''}",
            lambda x, weight, bias=None: f(F.linear(x, weight, bias)),
            {"x": "rows", "weight": "weight"} | ({"bias": "bias"} if biased else {}),
            {"activation": activation},
        )


def heads_of(qkv, heads):
    n, t, width = qkv.shape
    return qkv.reshape(n, t, 3, heads, width // 3 // heads).permute(2, 0, 3, 1, 4)


def merged(x):
    n, heads, t, d = x.shape
    return x.transpose(1, 2).reshape(n, t, heads * d)


def attention(group):
    for heads, tokens, width in ((1, 3, 4), (2, 5, 3), (3, 4, 8)):
        name = f"{heads} heads of {width}, {tokens} tokens"
        group.share(**{f"qkv {name}": draw(2, tokens, 3 * heads * width)})
        group.case(
            f"attention, {name}",
            lambda qkv: merged(F.scaled_dot_product_attention(*heads_of(qkv, heads))),
            {"qkv": f"qkv {name}"},
            {"heads": heads},
        )


def cosine_attention(group):
    heads, tokens, width, windows = 2, 4, 3, 3
    qkv = draw(2 * windows, tokens, 3 * heads * width)
    zeros = qkv.clone()
    zeros[0, 1, : heads * width] = 0
    group.share(
        **{
            "qkv": qkv,
            "qkv with zeros": zeros,
            "scale": 5 + draw(heads).abs(),
            "bias of heads": draw(heads, tokens, tokens),
            "mask": -100 * (draw(windows, tokens, tokens) > 0.5).double(),
        }
    )
    for masked, source in ((False, "qkv"), (True, "qkv"), (False, "qkv with zeros")):

        def f(qkv, scale, bias):
            q, k, v = heads_of(qkv, heads)
            logits = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)
            logits = logits * scale[:, None, None] + bias
            if masked:
                mask = torch.tensor(group.tensors["mask"]).double()
                logits = logits.view(-1, windows, heads, tokens, tokens) + mask[:, None]
                logits = logits.view(-1, heads, tokens, tokens)
            return merged(logits.softmax(-1) @ v)

        group.case(
            f"cosine attention of {source}{', masked' if masked else ''}",
            f,
            {"qkv": source, "scale": "scale", "bias": "bias of heads"},
            {"masked": masked},
        )


def windows(group):
    maps = {"4x6": (4, 6), "5x3": (5, 3), "2x1": (2, 1)}
    for name, (height, width) in maps.items():
        group.share(**{f"map {name}": draw(2, height, width, 3)})
    for name, size, shift in itertools.product(maps, (2, 3), ((0, 0), (1, 1), (0, 1))):

        def f(x):
            height, width = x.shape[1:3]
            x = F.pad(x, (0, 0, 0, -width % size, 0, -height % size))
            _, h, w, c = x.shape
            x = torch.roll(x, (-shift[0], -shift[1]), (1, 2))
            x = x.view(2, h // size, size, w // size, size, c)
            return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, c)

        group.case(
            f"windows of {size} in {name}, shift {shift}",
            f,
            {"x": f"map {name}"},
            {"size": size, "shift": shift, "shape": [2, *maps[name], 3]},
        )


if __name__ == "__main__":
    group = Group("transformers")
    for part in (norms, linear, attention, cosine_attention, windows):
        part(group)
    group.write()
