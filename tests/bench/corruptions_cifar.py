"""Times the corruptions of CIFAR-10-C as their authors apply them: NumPy, SciPy, OpenCV, ImageMagick, one image at a time.

Reads lines "<corruption> <images per severity>" and answers each with the processor seconds that all five severities took.
Started by tests/bench/corruptions_cifar.ts.
"""

import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MAGICK_THREAD_LIMIT"] = "1"
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "oracles"))

import cv2
import numpy as np

import corruptions_image as oracle
from corruptions_image_fixtures import test_image

cv2.setNumThreads(1)
images = [test_image(32, seed) for seed in range(16)]
# as large as the published pictures of ice
textures = [np.random.randint(0, 256, shape + (3,), dtype=np.uint8) for shape in ((600, 900), (315, 560), (315, 560), (350, 527), (495, 660))]

for line in sys.stdin:
    name, count = line.split()
    start = time.process_time()
    for severity in range(1, 6):
        for i in range(int(count)):
            field = oracle.draw(name, 32, severity, textures)
            oracle.corrupt(name, images[i % len(images)], severity, field)
    print(time.process_time() - start, flush=True)
