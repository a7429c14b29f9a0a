"""Compares corruptions_image.py and corruptions_mnist.py with the scripts that their authors published, byte for byte.

    python tests/oracles/corruptions_published.py ROBUSTNESS MNIST_C MNIST_FOLDER

ROBUSTNESS and MNIST_C are checkouts of github.com/hendrycks/robustness and github.com/google-research/mnist-c; MNIST_FOLDER as for
corruptions_mnist.py. The scripts run as they are, but for names that later libraries dropped, and for what scikit-image 0.15 did
otherwise: its shear matrix, its "multichannel" (the last axis is never blurred, of a grey image neither), its clipping in warp.
What NumPy draws in them is replaced by fields where the oracle takes them in another order; impulse noise is compared for MNIST-C
alone, since scikit-image no longer draws it from NumPy's global generator.
"""

import pathlib
import re
import sys
import types
from unittest import mock

import cv2
import numpy as np
import PIL.Image
import scipy.stats
import skimage.filters
import skimage.transform

ROBUSTNESS, MNIST_C, MNIST_FOLDER = map(pathlib.Path, sys.argv[1:])
sys.argv = ["", str(MNIST_FOLDER), "/dev/null"]

import corruptions_image as images
import corruptions_image_fixtures as fixtures
import corruptions_mnist as digits


def gaussian(image, sigma, multichannel=False, mode="nearest", truncate=4.0):
    sigmas = np.full(image.ndim, float(sigma))
    sigmas[-1] = 0 if multichannel else sigmas[-1]
    return skimage.filters.gaussian(image, sigma=tuple(sigmas), mode=mode, truncate=truncate)


class Affine(skimage.transform.AffineTransform):
    def __init__(self, matrix=None, scale=(1, 1), rotation=0, shear=0, translation=(0, 0)):
        turned = rotation + shear
        rows = [[scale[0] * np.cos(rotation), -scale[1] * np.sin(turned)], [scale[0] * np.sin(rotation), scale[1] * np.cos(turned)]]
        own = [[*rows[0], translation[0]], [*rows[1], translation[1]], [0, 0, 1]]
        super().__init__(matrix=np.array(own) if matrix is None else matrix)


def warp(x, inverse_map):
    out = skimage.transform.warp(x, inverse_map=inverse_map, clip=False)
    return np.where((out == 0) & (x.min() > 0), 0, np.clip(out, x.min(), x.max()))


def published(path, first="", last=None):
    """The functions of a script between two of its lines."""
    text = path.read_text()
    text = text[text.index(first) :][: None if last is None else text[text.index(first) :].index(last)]
    for pattern, now in [
        (r"from skimage.filters import gaussian", ""),
        (r"scipy\.ndimage\.interpolation", "scipy.ndimage"),
        (r"from pkg_resources.*", ""),
        (r"with open\(\"pessimal[^\n]*\n[^\n]*", ""),
        (r"\ndef fgsm.*?\n\n\n", "\n\n"),
        (r"np\.float_\b", "np.float64"),
        (r"np\.int\b", "int"),
        (r"np\.fromstring", "np.frombuffer"),
        (r"cv2\.imread\(filename\)", "cv2.imread(FROST + filename)"),
    ]:
        text = re.sub(pattern, now, text, flags=re.DOTALL if "fgsm" in pattern else 0)
    script = types.ModuleType(path.stem)
    script.__dict__.update(np=np, gaussian=gaussian, FROST=f"{ROBUSTNESS}/ImageNet-C/imagenet_c/imagenet_c/frost/")
    exec(compile(text, path, "exec"), script.__dict__)
    if hasattr(script, "transform"):
        script.transform = types.SimpleNamespace(AffineTransform=Affine, warp=warp)
    return script


def plasma_draws(noise):
    """The noise of a plasma map in the order in which the scripts draw it, beside its scale."""
    step = len(noise)
    while step >= 2:
        half = step // 2
        for rows, columns in ((half, half), (0, half), (half, 0)):
            yield noise[rows::step, columns::step]
        step = half


def report(what, ours, theirs):
    differences = [np.abs(a.astype(int) - b).ravel() for a, b in zip(ours, theirs)]
    total = np.concatenate(differences)
    print(f"{what:32} {total.size:9} bytes, {np.count_nonzero(total)} differ, at most by {total.max()}", flush=True)


def compare_images():
    frost = ROBUSTNESS / "ImageNet-C/imagenet_c/imagenet_c/frost"
    textures = [cv2.imread(f"{frost}/frost{i}.{'png' if i < 4 else 'jpg'}") for i in range(1, 6)]
    for side, name in ((32, "make_cifar_c"), (64, "make_tinyimagenet_c"), (224, "make_imagenet_c")):
        script = published(ROBUSTNESS / f"ImageNet-C/create_c/{name}.py", "# /////////////// Distortion Helpers", "# /////////////// End Distortions")
        script.PILImage = PIL.Image
        for name in images.severities:
            if name == "impulse_noise":
                continue
            ours, theirs = [], []
            for severity in range(1, 6):
                noise = np.random.RandomState(severity).randint(0, 256, (side, side, 3)).astype(np.uint8)
                for image in (fixtures.test_image(side, severity), noise, np.full_like(noise, 51 * severity)):
                    np.random.seed(severity)
                    field = images.draw(name, side, severity, textures)
                    ours.append(images.corrupt(name, image, severity, field)[0])
                    np.random.seed(severity)
                    corrupt = getattr(script, name)
                    if name == "fog":
                        draws = plasma_draws(field)
                        with mock.patch.object(np.random, "uniform", lambda low, high, shape: high * next(draws)):
                            out = corrupt(PIL.Image.fromarray(image), severity)
                    else:
                        out = corrupt(PIL.Image.fromarray(image), severity)
                    theirs.append(np.uint8(np.array(out)))
            report(f"{name}, {side} pixels", ours, theirs)


class Draws:
    """NumPy's generator for one corruption of MNIST-C, whose numbers are those of the oracle's field."""

    def __init__(self, name, severity, field):
        u = lambda offset, count=784: digits.uniforms(count, field + offset)
        self.numbers = iter(np.atleast_1d(np.array(field if field is not None else [])).tolist())
        if name == "shot_noise":
            self.poisson = lambda mean: np.maximum(scipy.stats.poisson.ppf(u(0).reshape(28, 28), mean), 0)
        elif name == "glass_blur":
            _, delta, iterations = [(0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)][severity - 1]
            visits = iterations * (28 - 2 * delta) ** 2
            way = lambda offset: np.floor(u(offset, visits) * 2 * delta).astype(int) - delta
            self.visit, coins, right, down = -1, u(0, visits) < 0.5, way(0.25), way(0.5)
            self.choice = lambda *_: [coins[self.step()]]
            self.randint = lambda *_, size: (right[self.visit], down[self.visit])
        elif name == "fog":
            noise = plasma_draws((2 * u(0, 65536) - 1).reshape(256, 256))
            self.uniform = lambda low, high, shape: high * next(noise)
        elif name == "spatter":
            normal = np.sqrt(-2 * np.log(1 - u(0))) * np.cos(2 * np.pi * u(0.5))
            self.normal = lambda size, loc, scale: loc + scale * normal.reshape(size)

    def step(self):
        self.visit += 1
        return self.visit

    def uniform(self, low, high):
        return next(self.numbers)

    def choice(self, values, count):
        return [next(self.numbers) for _ in range(count)]

    def randint(self, low, high, size=None):
        return next(self.numbers) if size is None else [next(self.numbers) for _ in range(size)]


def compare_digits():
    script = published(MNIST_C / "corruptions.py")
    for corruption, (_, severities, field_of) in digits.CASES.items():
        name = corruption.__name__
        ours, theirs = [], []
        for severity in range(1, severities + 1):
            for k in range(30):
                field = field_of(k)
                image = digits.image_of([*digits.SOURCES, ("digit", 7 * k)][k % (len(digits.SOURCES) + 1)])
                own = corruption(image.copy(), severity, field)
                uniforms = lambda offset: digits.uniforms(784, (field or 0) + offset).reshape(28, 28)

                def salt_and_pepper(x, mode, amount):
                    hit, salt = uniforms(0) <= amount, uniforms(0.5) <= 0.5
                    return np.where(hit, np.where(salt, 1.0, 0.0), x)

                arguments = (severity,) if severities > 1 else ()
                draws = Draws(name, severity, field)
                with mock.patch.object(np, "random", draws), mock.patch.object(script.sk.util, "random_noise", salt_and_pepper):
                    out = getattr(script, name)(PIL.Image.fromarray(image), *arguments)
                for rounding in ("nearest", "truncate"):
                    ours.append(digits.to_bytes(own, rounding))
                    theirs.append(digits.to_bytes(np.asarray(out), rounding))
        report(f"{name}, 28 pixels", ours, theirs)


if __name__ == "__main__":
    compare_digits()
    compare_images()
