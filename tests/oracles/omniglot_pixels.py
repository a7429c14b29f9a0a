"""Prints OMNIGLOT's `pixels` (lib/datasets/omniglot.ts): omniglot_pixels.py images_evaluation/ . Needs Pillow."""
import hashlib
import pathlib
import sys

from PIL import Image

root = pathlib.Path(sys.argv[1])
digest = hashlib.sha256()
for path in sorted(str(file.relative_to(root)) for file in root.rglob("*.png")):
    image = Image.open(root / path).convert("L")
    digest.update(f"{path} {image.width} {image.height}\n".encode())
    digest.update(image.tobytes())
print(digest.hexdigest())
