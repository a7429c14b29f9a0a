"""The 19 corruptions of CIFAR-10-C, Tiny-ImageNet-C and ImageNet-C in NumPy, SciPy, scikit-image, OpenCV, Pillow and
ImageMagick, as their authors apply them, with what is random given as an argument: `corrupt(name, image, severity, field)`.

`draw(name, side, severity)` draws it from NumPy's global generator, as the authors do. OpenCV 4.x, not 5.
"""

import ctypes
from io import BytesIO

import cv2
import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.stats import poisson
from skimage.color import hsv2rgb, rgb2hsv
from skimage.filters import gaussian
from skimage.util import random_noise
from wand.api import library as magick
from wand.image import Image as MagickImage

magick.MagickMotionBlurImage.argtypes = [ctypes.c_void_p] + 3 * [ctypes.c_double]

small_zooms = [np.arange(1, end, 0.01) for end in (1.06, 1.11, 1.16, 1.21, 1.26)]
common = [0.4, 0.3, 0.2, 0.1, 0.05]
severities = {
    "gaussian_noise": {32: [0.04, 0.06, 0.08, 0.09, 0.1], 64: [0.04, 0.08, 0.12, 0.15, 0.18], 224: [0.08, 0.12, 0.18, 0.26, 0.38]},
    "shot_noise": {32: [500, 250, 100, 75, 50], 64: [250, 100, 50, 30, 15], 224: [60, 25, 12, 5, 3]},
    "impulse_noise": {32: [0.01, 0.02, 0.03, 0.05, 0.07], 64: [0.01, 0.02, 0.05, 0.08, 0.14], 224: [0.03, 0.06, 0.09, 0.17, 0.27]},
    "speckle_noise": {32: [0.06, 0.1, 0.12, 0.16, 0.2], 64: [0.15, 0.2, 0.25, 0.3, 0.35], 224: [0.15, 0.2, 0.35, 0.45, 0.6]},
    "gaussian_blur": {32: [0.4, 0.6, 0.7, 0.8, 1], 64: [0.5, 0.75, 1, 1.25, 1.5], 224: [1, 2, 3, 4, 6]},
    "glass_blur": {
        32: [(0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)],
        64: [(0.1, 1, 1), (0.5, 1, 1), (0.6, 1, 2), (0.7, 2, 1), (0.9, 2, 2)],
        224: [(0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)],
    },
    "defocus_blur": {
        32: [(0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)],
        64: [(0.5, 0.6), (1, 0.1), (1.5, 0.1), (2.5, 0.01), (3, 0.1)],
        224: [(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)],
    },
    "motion_blur": {
        32: [(6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)],
        64: [(10, 1), (10, 1.5), (10, 2), (10, 2.5), (12, 3)],
        224: [(10, 3), (15, 5), (15, 8), (15, 12), (20, 15)],
    },
    "zoom_blur": {
        32: small_zooms,
        64: small_zooms,
        224: [np.arange(1, 1.11, 0.01), np.arange(1, 1.16, 0.01), np.arange(1, 1.21, 0.02), np.arange(1, 1.26, 0.02), np.arange(1, 1.31, 0.03)],
    },
    "fog": {
        32: [(0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)],
        64: [(0.4, 3), (0.7, 3), (1, 2.5), (1.5, 2), (2, 1.75)],
        224: [(1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)],
    },
    "frost": {
        32: [(1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)],
        64: [(1, 0.3), (0.9, 0.4), (0.8, 0.45), (0.75, 0.5), (0.7, 0.55)],
        224: [(1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)],
    },
    "snow": {
        side: [
            (0.1, 0.2, 1, 0.6, 8, 3, mix[0]),
            (0.1, 0.2, 1, 0.5, 10, 4, mix[1]),
            (0.15, 0.3, 1.75, 0.55, 10, 4, mix[2]),
            (0.25, 0.3, 2.25, 0.6, 12, 6, mix[3]),
            (0.3, 0.3, 1.25, 0.65, 14, 12, mix[4]),
        ]
        for side, mix in ((32, (0.95, 0.9, 0.9, 0.85, 0.8)), (64, (0.8, 0.8, 0.7, 0.65, 0.6)))
    }
    | {
        224: [
            (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
            (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
            (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
            (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
            (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
        ]
    },
    "spatter": {
        32: [(0.62, 0.1, 0.7, 0.7, 0.5, 0), (0.65, 0.1, 0.8, 0.7, 0.5, 0), (0.65, 0.3, 1, 0.69, 0.5, 0), (0.65, 0.1, 0.7, 0.69, 0.6, 1), (0.65, 0.1, 0.5, 0.68, 0.6, 1)],
        64: [(0.62, 0.1, 0.7, 0.7, 0.6, 0), (0.65, 0.1, 0.8, 0.7, 0.6, 0), (0.65, 0.3, 1, 0.69, 0.6, 0), (0.65, 0.1, 0.7, 0.68, 0.6, 1), (0.65, 0.1, 0.5, 0.67, 0.6, 1)],
        224: [(0.65, 0.3, 4, 0.69, 0.6, 0), (0.65, 0.3, 3, 0.68, 0.6, 0), (0.65, 0.3, 2, 0.68, 0.5, 0), (0.65, 0.3, 1, 0.65, 1.5, 1), (0.67, 0.4, 1, 0.65, 1.5, 1)],
    },
    "contrast": {32: [0.75, 0.5, 0.4, 0.3, 0.15], 64: common, 224: common},
    "brightness": {32: [0.05, 0.1, 0.15, 0.2, 0.3], 64: [0.1, 0.2, 0.3, 0.4, 0.5], 224: [0.1, 0.2, 0.3, 0.4, 0.5]},
    "saturate": {
        32: [(0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)],
        64: [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (30, 0.2)],
        224: [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)],
    },
    "jpeg_compression": {32: [80, 65, 58, 50, 40], 64: [65, 58, 50, 40, 25], 224: [25, 18, 15, 10, 7]},
    "pixelate": {32: [0.95, 0.9, 0.85, 0.75, 0.65], 64: [0.9, 0.8, 0.7, 0.6, 0.5], 224: [0.6, 0.5, 0.4, 0.3, 0.25]},
    # shares of 32, 64 and (sic) 244 pixels
    "elastic_transform": {
        32: [(0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03)],
        64: [(0, 0, 0.08), (0.05, 0.3, 0.06), (0.1, 0.08, 0.06), (0.1, 0.03, 0.03), (0.16, 0.03, 0.02)],
        224: [(2, 0.7, 0.1), (2, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02)],
    },
}


def motion(image, radius, sigma, angle):
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    wand = MagickImage(blob=buffer.getvalue())
    magick.MagickMotionBlurImage(wand.wand, radius, sigma, angle)
    out = cv2.imdecode(np.frombuffer(wand.make_blob(), np.uint8), cv2.IMREAD_UNCHANGED)
    wand.close()
    if image.ndim == 2:
        return out if out.ndim == 2 else out[..., 0]
    # a colour image all of whose pixels are grey comes back with one channel
    return out[..., [2, 1, 0]] if out.ndim == 3 else np.stack(3 * [out], axis=-1)


def plasma(noise, decay):
    size = len(noise)
    height = np.zeros((size, size))
    step, wibble = size, 100.0
    while step >= 2:
        half = step // 2
        corners = height[::step, ::step]
        below = corners + np.roll(corners, -1, axis=0)
        around = below + np.roll(below, -1, axis=1)
        height[half::step, half::step] = around / 4 + wibble * (wibble * noise[half::step, half::step])
        centres = height[half::step, half::step]
        upper = (centres + np.roll(centres, 1, axis=0)) + (corners + np.roll(corners, -1, axis=1))
        height[::step, half::step] = upper / 4 + wibble * (wibble * noise[::step, half::step])
        left = (centres + np.roll(centres, 1, axis=1)) + (corners + np.roll(corners, -1, axis=0))
        height[half::step, ::step] = left / 4 + wibble * (wibble * noise[half::step, ::step])
        step, wibble = half, wibble / decay
    height -= height.min()
    return height / height.max()


def clipped_zoom(image, factor):
    side = len(image)
    crop = int(np.ceil(side / factor))
    top = (side - crop) // 2
    out = ndimage.zoom(image[top : top + crop, top : top + crop], (factor, factor, 1), order=1)
    trim = (len(out) - side) // 2
    return out[trim : trim + side, trim : trim + side]


def disk(radius, softness):
    reach = np.arange(-8, 9) if radius <= 8 else np.arange(-radius, radius + 1)
    columns, rows = np.meshgrid(reach, reach)
    kernel = (columns**2 + rows**2 <= radius**2).astype(np.float32)
    kernel /= kernel.sum()
    return cv2.GaussianBlur(kernel, (3, 3) if radius <= 8 else (5, 5), sigmaX=softness)


def water(depth, strength):
    drops = (depth * 255).astype(np.uint8)
    distance = cv2.distanceTransform(255 - cv2.Canny(drops, 50, 150), cv2.DIST_L2, 5)
    distance = cv2.threshold(distance, 20, 20, cv2.THRESH_TRUNC)[1]
    levels = cv2.equalizeHist(cv2.blur(distance, (3, 3)).astype(np.uint8))
    light = cv2.filter2D(levels, cv2.CV_8U, np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]))
    cover = drops * cv2.blur(light, (3, 3)).astype(np.float32)
    if cover.max() == 0:
        return cover
    cover /= cover.max()
    cover *= strength
    return cover


def jpeg(image, quality):
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.array(Image.open(buffer))


def corrupt(name, image, severity, field):
    """The corrupted image, uint8, and where it was cut from floating-point values those, in 0 .. 255, else None."""
    side = len(image)
    c = severities[name][side][severity - 1]
    x = image / 255.0
    single = image.astype(np.float32) / 255.0
    if name == "gaussian_noise":
        out = np.clip(x + c * field, 0, 1) * 255
    elif name == "speckle_noise":
        out = np.clip(x + x * (c * field), 0, 1) * 255
    elif name == "shot_noise":
        # drawn counts, or numbers of [0, 1) for the quantile function
        counts = np.random.poisson(x * c) if field is None else np.maximum(poisson.ppf(field, x * c), 0)
        out = np.clip(counts / c, 0, 1) * 255
    elif name == "impulse_noise":
        if field is None:
            noisy = random_noise(x, mode="s&p", amount=c)
        else:
            noisy = np.where(field < c / 2, 1.0, np.where(field < c, 0.0, x))
        out = np.clip(noisy, 0, 1) * 255
    elif name == "gaussian_blur":
        out = np.clip(gaussian(x, sigma=c, channel_axis=-1), 0, 1) * 255
    elif name == "glass_blur":
        sigma, reach, rounds = c
        mixed = np.uint8(gaussian(x, sigma=sigma, channel_axis=-1) * 255)
        ways = iter(field)
        for _ in range(rounds):
            for h in range(side - reach, reach, -1):
                for w in range(side - reach, reach, -1):
                    right, down = next(ways)
                    mixed[h, w], mixed[h + down, w + right] = mixed[h + down, w + right], mixed[h, w]
        out = np.clip(gaussian(mixed / 255.0, sigma=sigma, channel_axis=-1), 0, 1) * 255
    elif name == "defocus_blur":
        kernel = disk(*c)
        out = np.clip(np.stack([cv2.filter2D(x[..., i], -1, kernel) for i in range(3)], axis=-1), 0, 1) * 255
    elif name == "motion_blur":
        out = motion(image, c[0], c[1], field)
    elif name == "zoom_blur":
        total = np.zeros_like(single)
        for factor in c:
            total += clipped_zoom(single, factor)
        out = np.clip((single + total) / (len(c) + 1), 0, 1) * 255
    elif name == "fog":
        largest = x.max()
        clouds = c[0] * plasma(field, c[1])[:side, :side, np.newaxis]
        out = np.clip((x + clouds) * largest / (largest + c[0]), 0, 1) * 255
    elif name == "frost":
        out = np.clip(c[0] * image + c[1] * field, 0, 255)
    elif name == "snow":
        flakes, angle = field
        layer = clipped_zoom((c[0] + c[1] * flakes)[..., np.newaxis], c[2])[..., 0]
        layer[layer < c[3]] = 0
        layer = motion((np.clip(layer, 0, 1) * 255).astype(np.uint8), c[4], c[5], angle) / 255.0
        grey = cv2.cvtColor(single, cv2.COLOR_RGB2GRAY)[..., np.newaxis]
        pale = c[6] * single + (1 - c[6]) * np.maximum(single, grey * 1.5 + 0.5)
        out = np.clip(pale + layer[..., np.newaxis] + np.rot90(layer, k=2)[..., np.newaxis], 0, 1) * 255
    elif name == "spatter":
        depth = gaussian(c[0] + c[1] * field, sigma=c[2])
        depth[depth < c[3]] = 0
        if c[5] == 0:
            cover = water(depth, c[4])[..., np.newaxis]
            colour = np.array([175 / 255.0, 238 / 255.0, 238 / 255.0], np.float32)
            out = np.clip(single + cover * colour, 0, 1) * 255
        else:
            cover = gaussian(np.where(depth > c[3], 1, 0).astype(np.float32), sigma=c[4])
            cover[cover < 0.8] = 0
            cover = cover[..., np.newaxis]
            colour = np.array([63 / 255.0, 42 / 255.0, 20 / 255.0], np.float32)
            out = np.clip(single * (1 - cover) + colour * cover, 0, 1) * 255
    elif name == "contrast":
        mean = x.mean(axis=(0, 1), keepdims=True)
        out = np.clip((x - mean) * c + mean, 0, 1) * 255
    elif name == "brightness":
        hsv = rgb2hsv(x)
        hsv[..., 2] = np.clip(hsv[..., 2] + c, 0, 1)
        out = np.clip(hsv2rgb(hsv), 0, 1) * 255
    elif name == "saturate":
        hsv = rgb2hsv(x)
        hsv[..., 1] = np.clip(hsv[..., 1] * c[0] + c[1], 0, 1)
        out = np.clip(hsv2rgb(hsv), 0, 1) * 255
    elif name == "jpeg_compression":
        out = jpeg(image, c)
    elif name == "pixelate":
        small = Image.fromarray(image).resize((int(side * c), int(side * c)), Image.BOX)
        out = np.array(small.resize((side, side), Image.BOX))
    elif name == "elastic_transform":
        corners, right, down = field
        base = 244 if side == 224 else side
        alpha, sigma, jitter = (base * share for share in c)
        centre, third = np.float32((side // 2, side // 2)), side // 3
        source = np.float32([centre + third, [centre[0] + third, centre[1] - third], centre - third])
        target = source + (jitter * corners).astype(np.float32)
        warped = cv2.warpAffine(single, cv2.getAffineTransform(source, target), (side, side), borderMode=cv2.BORDER_REFLECT_101)
        dx, dy = (
            (gaussian(way, sigma, mode="reflect", truncate=3) * alpha).astype(np.float32)[..., np.newaxis] for way in (right, down)
        )
        columns, rows, channels = np.meshgrid(np.arange(side), np.arange(side), np.arange(3))
        places = [np.reshape(axis, (-1, 1)) for axis in (rows + dy, columns + dx, channels)]
        moved = ndimage.map_coordinates(warped, places, order=1, mode="reflect").reshape(image.shape)
        out = np.clip(moved, 0, 1) * 255
    return np.uint8(out), None if out.dtype == np.uint8 else out


def draw(name, side, severity, textures=None):
    """What is random in a corruption, from NumPy's global generator; None where the corruption itself draws."""
    random = np.random
    if name in ("gaussian_noise", "speckle_noise"):
        return random.normal(size=(side, side, 3))
    if name == "glass_blur":
        _, reach, rounds = severities[name][side][severity - 1]
        # one by one, as the authors' loop over the pixels
        return (random.randint(-reach, reach, size=(2,)) for _ in range(rounds * (side - 2 * reach) ** 2))
    if name == "motion_blur":
        return random.uniform(-45, 45)
    if name == "fog":
        size = 256 if side == 224 else side
        return random.uniform(-1, 1, (size, size))
    if name == "frost":
        # the authors read the file for every image; here it is at hand
        texture = textures[random.randint(5)]
        if side != 224:
            texture = cv2.resize(texture, (0, 0), fx=0.2 if side == 32 else 0.3, fy=0.2 if side == 32 else 0.3)
        row, column = (random.randint(0, length - side) for length in texture.shape[:2])
        return texture[row : row + side, column : column + side][..., [2, 1, 0]]
    if name == "snow":
        return random.normal(size=(side, side)), random.uniform(-135, -45)
    if name == "spatter":
        return random.normal(size=(side, side))
    if name == "elastic_transform":
        return random.uniform(-1, 1, (3, 2)), random.uniform(-1, 1, (side, side)), random.uniform(-1, 1, (side, side))
    return None
