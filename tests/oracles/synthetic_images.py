"""Writes tests/fixtures/datasets/synthetic.json: Gaussian blurs by SciPy, phase randomisation by NumPy, of given fields.

python tests/oracles/synthetic_images.py tests/fixtures/datasets/synthetic.json

The fields are u(i) = frac(sin(i + offset) * 43758.5453), which the test computes too. Also prints the statistics of blobs.
"""

import json
import sys

import numpy
import scipy
from scipy.ndimage import gaussian_filter


def field(count, offset):
    x = numpy.sin(numpy.arange(count, dtype=numpy.float64) + offset) * 43758.5453
    return x - numpy.floor(x)


def blur(shape, sigma, mix_channels):
    white = (field(numpy.prod(shape), 0.5) < 0.7).astype(numpy.float64).reshape(shape)
    sigmas = (sigma, sigma, sigma if mix_channels else 0)
    blurred = gaussian_filter(white, sigmas, mode="nearest", truncate=4.0)
    return {"shape": shape, "sigma": sigma, "mixChannels": mix_channels, "blurred": rounded(blurred)}


def phase(height, width):
    plane = field(height * width, 0.25).reshape(height, width)
    noise = field(height * width, 0.75).reshape(height, width)
    spectrum = numpy.fft.fft2(plane)
    turned = numpy.abs(spectrum) * numpy.exp(1j * (numpy.angle(spectrum) + numpy.angle(numpy.fft.fft2(noise))))
    image = numpy.fft.ifft2(turned)
    assert numpy.abs(image.imag).max() < 1e-12
    return {
        "shape": [height, width],
        "re": rounded(spectrum.real),
        "im": rounded(spectrum.imag),
        "scrambled": rounded(image.real),
    }


def rounded(values):
    return [float(f"{value:.13g}") for value in values.ravel()]


blurs = [blur([28, 28, 1], 1.5, True), blur([12, 9, 3], 1.5, True), blur([12, 9, 3], 1.5, False), blur([5, 40, 1], 2, True)]
result = {
    "madeBy": f"tests/oracles/synthetic_images.py, numpy {numpy.__version__}, scipy {scipy.__version__}",
    "blurs": blurs,
    "phases": [phase(28, 28), phase(8, 8), phase(15, 22)],
}
with open(sys.argv[1], "w") as file:
    json.dump(result, file)

random = numpy.random.default_rng(0)
for shape, sigma, images in [((28, 28, 1), 1.5, 20000), ((32, 32, 3), 1.5, 4000), ((64, 64, 3), 2, 1000)]:
    fractions, means = [], []
    for _ in range(images):
        x = gaussian_filter((random.random(shape) < 0.7).astype(numpy.float64), sigma, mode="nearest", truncate=4.0)
        x[x < 0.75] = 0
        fractions.append((x > 0).mean())
        means.append(x.mean())
    error = numpy.std(fractions) / numpy.sqrt(images)
    print(f"blobs {shape}, sigma {sigma}: pixels > 0: {numpy.mean(fractions):.4f} +- {error:.4f} "
          f"(sd of an image {numpy.std(fractions):.4f}), mean value {numpy.mean(means):.4f}")
