"""Writes tests/fixtures/corruptions/mnist_c.json: MNIST-C's corruptions by scikit-image, SciPy and NumPy, of given fields.

    python tests/oracles/corruptions_mnist.py MNIST_FOLDER tests/fixtures/corruptions/mnist_c.json

MNIST_FOLDER holds t10k-images-idx3-ubyte, unpacked. Needs numpy, scipy and scikit-image. The original took scikit-image 0.15, which
current Pythons cannot install: where a later version differs (shear's matrix, "multichannel" blur, clipping in warp) the old one
is written out. Random numbers are u(i) = frac(sin(i + offset) * 43758.5453), which the test computes too.
"""

import base64
import json
import pathlib
import sys

import numpy
import scipy
import scipy.ndimage
import scipy.stats
import skimage
import skimage.color
import skimage.feature
import skimage.filters
import skimage.transform

FOLDER, OUT = sys.argv[1:]
DIGITS = numpy.frombuffer((pathlib.Path(FOLDER) / "t10k-images-idx3-ubyte").read_bytes(), numpy.uint8, offset=16).reshape(-1, 28, 28)


def uniforms(count, offset):
    x = numpy.sin(numpy.arange(count, dtype=numpy.float64) + offset) * 43758.5453
    return x - numpy.floor(x)


def image_of(source):
    kind, value = source
    if kind == "digit":
        return DIGITS[value]
    if kind == "level":
        return numpy.full((28, 28), value, numpy.uint8)
    if kind == "ramp":  # all 256 levels, three times
        return (numpy.arange(784) % 256).astype(numpy.uint8).reshape(28, 28)
    low = {"noise": 0, "bright": 40}[kind]
    return (low + numpy.floor(uniforms(784, value) * (256 - low))).astype(numpy.uint8).reshape(28, 28)


# The corruptions: bytes and a field in, values that the scripts called "float32 of 0 .. 255" out.


def shot_noise(image, severity, offset):
    c = [60, 25, 12, 5, 3][severity - 1]
    return numpy.clip(scipy.stats.poisson.ppf(uniforms(784, offset).reshape(28, 28), image / 255.0 * c) / c, 0, 1) * 255


def impulse_noise(image, severity, offset):
    amount = [0.03, 0.06, 0.09, 0.17, 0.27][severity - 1]
    hit = uniforms(784, offset).reshape(28, 28) <= amount
    salt = uniforms(784, offset + 0.5).reshape(28, 28) <= 0.5
    out = image / 255.0
    out[hit & salt] = 1
    out[hit & ~salt] = 0
    return out * 255


def glass_blur(image, severity, offset):
    sigma, delta, iterations = [(0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)][severity - 1]
    blur = lambda x: skimage.filters.gaussian(x, sigma=(sigma, 0), mode="nearest", truncate=4.0)
    x = numpy.uint8(blur(image / 255.0) * 255)
    visits = iterations * (28 - 2 * delta) ** 2
    coins = uniforms(visits, offset) < 0.5
    right = numpy.floor(uniforms(visits, offset + 0.25) * 2 * delta).astype(int) - delta
    down = numpy.floor(uniforms(visits, offset + 0.5) * 2 * delta).astype(int) - delta
    visit = 0
    for _ in range(iterations):
        for h in range(28 - delta, delta, -1):
            for w in range(28 - delta, delta, -1):
                if coins[visit]:
                    there = (h + down[visit], w + right[visit])
                    one, other = int(x[h, w]), int(x[there])
                    x[h, w], x[there] = other, one
                visit += 1
    return numpy.clip(blur(x / 255.0), 0, 1) * 255


def motion_blur(image, severity, angle):
    radius, sigma = [(10, 3), (15, 5), (15, 8), (15, 12), (20, 15)][severity - 1]
    taps = numpy.arange(2 * radius + 1)
    kernel = numpy.exp(-(taps**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    t = numpy.deg2rad(angle)
    rows, columns = numpy.mgrid[:28, :28]
    total = numpy.zeros((28, 28))
    for i, weight in zip(taps, kernel):
        r = numpy.clip(rows + int(numpy.ceil(i * numpy.sin(t) - 0.5)), 0, 27)
        c = numpy.clip(columns + int(numpy.ceil(i * numpy.cos(t) - 0.5)), 0, 27)
        total += weight * image[r, c]
    return numpy.floor(numpy.floor(257 * total + 0.5) / 257)


def warp(image, linear, translation=None):
    """scikit-image's warp; the result is cut to the input's range but for exact zeros, as 0.15 did."""
    matrix = numpy.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = 13.5 * (1 - matrix[:2, :2].sum(axis=1)) if translation is None else translation
    x = image / 255.0
    out = skimage.transform.warp(x, skimage.transform.AffineTransform(matrix=matrix), order=1, mode="constant", cval=0, clip=False)
    out = numpy.where(out == 0, 0, numpy.clip(out, x.min(), x.max()))
    return numpy.clip(out, 0, 1) * 255


ANGLES = [0.2, 0.4, 0.6, 0.8, 1.0]


def shear(image, severity, sign):
    c = sign * ANGLES[severity - 1]
    return warp(image, [[1, -numpy.sin(c)], [0, numpy.cos(c)]])


def scale(image, severity, _):
    factor = 1 / [0.9, 0.8, 0.7, 0.6, 0.5][severity - 1]
    # the same in all versions, so the library's own matrix
    assert numpy.allclose(skimage.transform.AffineTransform(scale=(factor, factor)).params, numpy.diag([factor, factor, 1]))
    return warp(image, numpy.diag([factor, factor]))


def rotate(image, severity, sign):
    return warp(image, skimage.transform.AffineTransform(rotation=sign * ANGLES[severity - 1]).params[:2, :2])


def translate(image, severity, signs):
    return warp(image, numpy.eye(2), numpy.array(signs) * [1, 2, 3, 4, 5][severity - 1])


def brightness(image, severity, _):
    hsv = skimage.color.rgb2hsv(skimage.color.gray2rgb(image / 255.0))
    hsv[:, :, 2] = numpy.clip(hsv[:, :, 2] + [0.1, 0.2, 0.3, 0.4, 0.5][severity - 1], 0, 1)
    return numpy.clip(skimage.color.rgb2gray(skimage.color.hsv2rgb(hsv)), 0, 1) * 255


def stripe(image, severity, _):
    x = image.astype(numpy.float32)
    x[:, :7] = 255 - x[:, :7]
    x[:, 21:] = 255 - x[:, 21:]
    return x


def plasma(noise, size, decay):
    """Diamond-square on a torus; noise in [-1, 1), in the place of its cell."""
    grid = numpy.zeros((size, size))
    noise = noise.reshape(size, size)
    step, w = size, 100.0
    while step >= 2:
        half = step // 2
        corners = grid[::step, ::step]
        right, below = numpy.roll(corners, -1, 1), numpy.roll(corners, -1, 0)
        centres = (corners + right + below + numpy.roll(right, -1, 0)) / 4 + w * w * noise[half::step, half::step]
        grid[half::step, half::step] = centres
        top = (corners + right + centres + numpy.roll(centres, 1, 0)) / 4 + w * w * noise[::step, half::step]
        left = (corners + below + centres + numpy.roll(centres, 1, 1)) / 4 + w * w * noise[half::step, ::step]
        grid[::step, half::step], grid[half::step, ::step] = top, left
        step, w = half, w / decay
    grid -= grid.min()
    return grid / grid.max()


def fog(image, severity, offset):
    thickness, decay = [(1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)][severity - 1]
    x = image / 255.0
    clouds = plasma(2 * uniforms(65536, offset) - 1, 256, decay)[:28, :28]
    return numpy.clip((x + thickness * clouds) * x.max() / (x.max() + thickness), 0, 1) * 255


def spatter(image, severity, offset):
    mean, deviation, s1, threshold, s2 = [
        (0.65, 0.3, 4, 0.69, 0.6), (0.65, 0.3, 3, 0.68, 0.6), (0.65, 0.3, 2, 0.68, 0.5), (0.65, 0.3, 1, 0.65, 1.5), (0.67, 0.4, 1, 0.65, 1.5),
    ][severity - 1]
    normal = numpy.sqrt(-2 * numpy.log(1 - uniforms(784, offset))) * numpy.cos(2 * numpy.pi * uniforms(784, offset + 0.5))
    x = image.astype(numpy.float32) / numpy.float32(255)
    layer = skimage.filters.gaussian(mean + deviation * normal.reshape(28, 28), sigma=s1)
    cover = skimage.filters.gaussian((layer > threshold).astype(numpy.float32), sigma=s2)
    cover[cover < 0.8] = 0
    return numpy.clip(x * (1 - cover) + 63 / 255 * cover, 0, 1) * 255


def line(c0, r0, c1, r1):
    if c1 == c0:
        return numpy.zeros((28, 28))
    rows, columns = numpy.mgrid[0.0:28, 0.0:28]
    distance = numpy.clip(numpy.abs(rows - ((r1 - r0) / (c1 - c0) * (columns - c0) + r0)), 0, 2.3 - 1e-10)
    drawn = (columns >= numpy.floor(c0)) & (columns < numpy.ceil(c1))
    return numpy.where(drawn, numpy.clip(numpy.log(1 - distance / 2.3) + 1, 0, 1), 0)


def dotted_line(image, severity, rows):
    drawn = line(0, rows[0], 27, rows[1])
    drawn[:, numpy.arange(28) // 2 % 2 == 0] = 0
    return numpy.clip(image / 255.0 + drawn, 0, 1) * 255


def zigzag_points(start, drift):
    theta = numpy.arctan(drift / 23)
    d = 23 / numpy.cos(theta)
    points = [(0, 0)] + [((2 * i + 1) * 2, (-1) ** i * 2) for i in range(int((d - 2) // 4) + 1)]
    crossing = 4 * (d // 4)
    if d != crossing:
        points.append((d, points[-1][1] / (2 * (d - crossing))))
    turn = numpy.array([[numpy.cos(theta), -numpy.sin(theta)], [numpy.sin(theta), numpy.cos(theta)]])
    return numpy.array(points) @ turn.T + [2, start]


def zigzag(image, severity, field):
    points = zigzag_points(*field)
    x = image / 255.0
    for one, other in zip(points[:-1], points[1:]):
        x = numpy.clip(x + line(*one, *other), 0, 1)
    return x * 255


def canny_edges(image, severity, _):
    return skimage.feature.canny(image / 255.0).astype(numpy.float32) * 255


# in the order of the archive; what the field of each case is made of
CASES = {
    shot_noise: (5, 5, lambda k: k + 0.1),
    impulse_noise: (4, 5, lambda k: k + 0.2),
    glass_blur: (1, 5, lambda k: k + 0.3),
    motion_blur: (1, 5, lambda k: [-45, -30.5, -12.25, 0, 7, 30, 44.9][k % 7]),
    shear: (2, 5, lambda k: [1, -1][k % 2]),
    scale: (3, 5, lambda k: None),
    rotate: (2, 5, lambda k: [1, -1][k % 2]),
    brightness: (5, 5, lambda k: None),
    translate: (3, 5, lambda k: [[1, 1], [1, -1], [-1, 1], [-1, -1]][k % 4]),
    stripe: (1, 1, lambda k: None),
    fog: (5, 5, lambda k: k + 0.4),
    spatter: (4, 5, lambda k: k + 0.6),
    dotted_line: (1, 1, lambda k: [[5, 20], [26, 0], [13, 13], [0, 1], [20, 26], [7, 3]][k % 6]),
    zigzag: (1, 1, lambda k: [[10, 2], [0, -5], [26, 4], [13, 0], [3, -1], [20, 3]][k % 6]),
    canny_edges: (1, 1, lambda k: None),
}
SOURCES = [("digit", 0), ("digit", 61), ("noise", 0.7), ("ramp", 0), ("bright", 0.9), ("level", 255)]


def packed(image):
    return base64.b64encode(image.tobytes()).decode()


def to_bytes(values, rounding):
    values = values.astype(numpy.float32)
    return (numpy.round(values) if rounding == "nearest" else numpy.trunc(values)).astype(numpy.uint8)


if __name__ == "__main__":
    cases = []

    def add(corruption, source, severity, field, rounding="nearest"):
        out = to_bytes(corruption(image_of(source).copy(), severity, field), rounding)
        cases.append({"corruption": corruption.__name__, "image": source, "severity": severity, "rounding": rounding, "field": field,
                      "out": packed(out)})

    for corruption, (default, severities, field) in CASES.items():
        for k, source in enumerate(SOURCES):
            add(corruption, source, default, field(k))
        add(corruption, ("digit", 0), default, field(1), "truncate")
        for k, severity in enumerate(set(range(1, severities + 1)) - {default}):
            add(corruption, ("digit", 20 + k), severity, field(k + 2))

    edges = [("digit", i) for i in range(100, 160)] + [("noise", i + 0.05) for i in range(6)]
    points = [{"field": field, "points": zigzag_points(*field).tolist()} for field in [(10, 2), (0, -5), (26, 4), (13, 0)]]
    later_shear = skimage.transform.AffineTransform(shear=0.4).params[:2, :2]
    shapes = [((9, 6, 2), (0.7, 1.5), "nearest"), ((9, 6, 2), (0, 1), "reflect"), ((3, 4, 1), (2, 1), "reflect"), ((5, 7, 1), (1, 0.5), "constant")]
    gaussians = [
        {"shape": shape, "sigma": sigma, "border": border, "blurred": scipy.ndimage.gaussian_filter(
            uniforms(int(numpy.prod(shape)), 0.35).reshape(shape), (*sigma, 0), mode=border).ravel().tolist()}
        for shape, sigma, border in shapes
    ]
    result = {
        "madeBy": "tests/oracles/corruptions_mnist.py, "
        + ", ".join(f"{module.__name__} {module.__version__}" for module in (numpy, scipy, skimage)),
        "cases": cases,
        "canny": [
            {"image": source, "edges": packed(numpy.packbits(skimage.feature.canny(image_of(source) / 255.0)))} for source in edges
        ],
        "zigzags": points,
        "gaussians": gaussians,
        # what a later scikit-image makes of the first digit by shear=0.4: another image
        "laterShear": packed(to_bytes(warp(DIGITS[0], later_shear), "nearest")),
    }
    with open(OUT, "w") as file:
        json.dump(result, file)
    print(len(cases), "cases,", len(edges), "images of canny")
