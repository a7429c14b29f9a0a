"""Writes tests/fixtures/datasets/sbd.json: masks in SBD's form, as SciPy saves them, and their rows. Needs SciPy."""
import base64
import io
import json
import pathlib

import numpy as np
import scipy
from scipy.io import savemat
from scipy.sparse import csc_matrix

rng = np.random.default_rng(0)


def mask(height, width, labels, dtype=np.uint8):
    segmentation = rng.choice(np.array(labels, dtype), (height, width))
    boundaries = np.empty((20, 1), object)
    for i in range(20):
        boundaries[i, 0] = csc_matrix((segmentation == i + 1).astype(float))
    present = np.array([[label] for label in labels if label > 0], dtype)
    truth = {"Boundaries": boundaries, "Segmentation": segmentation, "CategoriesPresent": present}
    file = io.BytesIO()
    savemat(file, {"GTcls": truth}, do_compression=True)
    return {"mat": base64.b64encode(file.getvalue()).decode(), "rows": segmentation.tolist()}


fixture = {
    "versions": {"scipy": scipy.__version__, "numpy": np.__version__},
    "wide": mask(3, 5, [0, 1, 20]),
    "high": mask(6, 4, [0, 15]),
    "unknown": mask(2, 2, [21]),
    # As a byte it would be 0, the background.
    "large": mask(2, 2, [256], np.uint16),
    "negative": mask(2, 2, [-1], np.int16),
    "fraction": mask(2, 2, [1.5], np.float64),
}
folder = pathlib.Path(__file__).parent.parent / "fixtures" / "datasets"
(folder / "sbd.json").write_text(json.dumps(fixture, indent=1) + "\n")
