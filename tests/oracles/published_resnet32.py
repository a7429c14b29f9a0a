"""The published ResNet32 of CIFAR10 as safetensors, and what PyTorch makes of it on the test images.

    python tests/oracles/published_resnet32.py resnet32-d509ac18.th cifar-10-batches-bin resnet32.safetensors

Needs torch, numpy and safetensors. The weights are those of https://github.com/akamaster/pytorch_resnet_cifar10 (its
pretrained_models folder), whose README gives 7.37 % errors on the 10,000 test images; the folder holds test_batch.bin, or its
first images. Their names keep the prefix "module.", as they were saved.

    deno task evaluate --network resnet32 --dataset cifar10 --weights resnet32.safetensors --stages clean \
        --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225

must then say the same accuracy (--test-count where the folder has the first images alone).
"""

import pathlib
import sys

import numpy as np
import safetensors.torch
import torch

from networks import build

SIDE, MEAN, STD = 32, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

weights, folder, out = sys.argv[1:]
state = torch.load(weights, map_location="cpu", weights_only=True)["state_dict"]
safetensors.torch.save_file({name: tensor.contiguous() for name, tensor in state.items()}, out)

model = build("resnet32", 10)
model.load_state_dict({name.removeprefix("module."): tensor for name, tensor in state.items()})
model.eval()

records = np.frombuffer((pathlib.Path(folder) / "test_batch.bin").read_bytes(), np.uint8).reshape(-1, 1 + 3 * SIDE * SIDE)
labels = torch.tensor(records[:, 0].astype(np.int64))
images = torch.tensor(records[:, 1:].reshape(-1, 3, SIDE, SIDE).astype(np.float32) / 255)
images = (images - torch.tensor(MEAN).reshape(3, 1, 1)) / torch.tensor(STD).reshape(3, 1, 1)
with torch.no_grad():
    found = torch.cat([model(part).argmax(1) for part in images.split(250)])
right = (found == labels).sum().item()
print(f"{100 * right / len(labels):.2f} % of {len(labels)} images are right ({right})")
