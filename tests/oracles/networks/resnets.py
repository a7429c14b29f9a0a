"""The residual networks: akamaster's, P2333's (written here after their code), and torchvision's own.

- akamaster/pytorch_resnet_cifar10, resnet.py: resnet20, resnet32, ... (6 n + 2)
- P2333/Bag-of-Tricks-for-AT, models/resnet.py, preactresnet.py, wideresnet.py: resnet18, resnet34, parn18, ..., wrn22_10, ...
- torchvision: resnet50, resnet101, resnet152

As in the project, the last map is pooled whole, whatever its size.
"""

import math
import re

import torch
import torch.nn.functional as F
import torchvision
from torch import nn

DEPTHS = {
    18: ("basic", (2, 2, 2, 2)),
    34: ("basic", (3, 4, 6, 3)),
    50: ("bottleneck", (3, 4, 6, 3)),
    101: ("bottleneck", (3, 4, 23, 3)),
    152: ("bottleneck", (3, 8, 36, 3)),
}
EXPANSION = {"basic": 1, "bottleneck": 4}


def conv(into, out, kernel, stride=1):
    return nn.Conv2d(into, out, kernel, stride, padding=kernel // 2, bias=False)


def pooled(x):
    return F.adaptive_avg_pool2d(x, 1).flatten(1)


class Block(nn.Module):
    """Normalises after each convolution."""

    def __init__(self, kind, into, planes, stride, subsampled):
        super().__init__()
        out = planes * EXPANSION[kind]
        first = 1 if kind == "bottleneck" else 3
        self.conv1 = conv(into, planes, first, stride if kind == "basic" else 1)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = conv(planes, planes, 3, 1 if kind == "basic" else stride)
        self.bn2 = nn.BatchNorm2d(planes)
        if kind == "bottleneck":
            self.conv3 = conv(planes, out, 1)
            self.bn3 = nn.BatchNorm2d(out)
        self.kind, self.zeros = kind, (out - into) // 2
        changes = stride != 1 or into != out
        self.subsampled = subsampled and changes
        if changes and not subsampled:
            self.shortcut = nn.Sequential(conv(into, out, 1, stride), nn.BatchNorm2d(out))

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.kind == "bottleneck":
            h = self.bn3(self.conv3(F.relu(h)))
        if self.subsampled:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.zeros, self.zeros))
        elif hasattr(self, "shortcut"):
            x = self.shortcut(x)
        return F.relu(h + x)


class ResNet(nn.Module):
    def __init__(self, kind, counts, planes, classes, subsampled):
        super().__init__()
        into = planes[0]
        self.conv1 = conv(3, into, 3)
        self.bn1 = nn.BatchNorm2d(into)
        self.stages = []
        for i, (width, count) in enumerate(zip(planes, counts)):
            blocks = []
            for j in range(count):
                blocks.append(Block(kind, into, width, 2 if i > 0 and j == 0 else 1, subsampled))
                into = width * EXPANSION[kind]
            self.stages.append(f"layer{i + 1}")
            self.add_module(self.stages[-1], nn.Sequential(*blocks))
        self.linear = nn.Linear(into, classes)
        if subsampled:
            for module in self.modules():
                if isinstance(module, (nn.Conv2d, nn.Linear)):
                    nn.init.kaiming_normal_(module.weight)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in self.stages:
            x = getattr(self, stage)(x)
        return self.linear(pooled(x))


class PreactivationBlock(nn.Module):
    def __init__(self, kind, into, planes, stride):
        super().__init__()
        out = planes * EXPANSION[kind]
        self.kind = kind
        self.bn1 = nn.BatchNorm2d(into)
        self.conv1 = conv(into, planes, 3 if kind == "basic" else 1, stride if kind == "basic" else 1)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = conv(planes, planes, 3, 1 if kind == "basic" else stride)
        if kind == "bottleneck":
            self.bn3 = nn.BatchNorm2d(planes)
            self.conv3 = conv(planes, out, 1)
        if stride != 1 or into != out:
            self.shortcut = nn.Sequential(conv(into, out, 1, stride))

    def forward(self, x):
        a = F.relu(self.bn1(x), inplace=True)
        shortcut = self.shortcut(a) if hasattr(self, "shortcut") else x
        h = self.conv2(F.relu(self.bn2(self.conv1(a)), inplace=True))
        if self.kind == "bottleneck":
            h = self.conv3(F.relu(self.bn3(h), inplace=True))
        return h.add_(shortcut)


class PreactResNet(nn.Module):
    def __init__(self, kind, counts, classes):
        super().__init__()
        self.conv1 = conv(3, 64, 3)
        into = 64
        for i, count in enumerate(counts):
            blocks = []
            for j in range(count):
                blocks.append(PreactivationBlock(kind, into, 64 * 2**i, 2 if i > 0 and j == 0 else 1))
                into = 64 * 2**i * EXPANSION[kind]
            self.add_module(f"layer{i + 1}", nn.Sequential(*blocks))
        self.bn = nn.BatchNorm2d(into)
        self.linear = nn.Linear(into, classes)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        return self.linear(pooled(F.relu(self.bn(x), inplace=True)))


class WideBlock(nn.Module):
    def __init__(self, into, out, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(into)
        self.conv1 = conv(into, out, 3, stride)
        self.bn2 = nn.BatchNorm2d(out)
        self.conv2 = conv(out, out, 3)
        if into != out:
            self.convShortcut = conv(into, out, 1, stride)

    def forward(self, x):
        a = F.relu(self.bn1(x), inplace=True)
        h = self.conv2(F.relu(self.bn2(self.conv1(a)), inplace=True))
        return torch.add(self.convShortcut(a) if hasattr(self, "convShortcut") else x, h)


class WideGroup(nn.Module):
    def __init__(self, count, into, out, stride):
        super().__init__()
        self.layer = nn.Sequential(
            *(WideBlock(out if i else into, out, 1 if i else stride) for i in range(count))
        )

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth, width, classes):
        super().__init__()
        count, out = (depth - 4) // 6, [16, 16 * width, 32 * width, 64 * width]
        self.conv1 = conv(3, 16, 3)
        self.block1 = WideGroup(count, out[0], out[1], 1)
        self.sub_block1 = WideGroup(count, out[0], out[1], 1)  # never called
        self.block2 = WideGroup(count, out[1], out[2], 2)
        self.block3 = WideGroup(count, out[2], out[3], 2)
        self.bn1 = nn.BatchNorm2d(out[3])
        self.fc = nn.Linear(out[3], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
                nn.init.normal_(module.weight, 0, math.sqrt(2 / fan_out))
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(pooled(F.relu(self.bn1(x), inplace=True)))


def make(name, classes):
    """The network, or None where the name is of no residual network; `_p2333` and `_torchvision` choose the code."""
    match = re.fullmatch(r"(resnet|parn|wrn)(\d+)(?:_(\d+))?(?:_(p2333|torchvision))?", name)
    if match is None:
        return None
    kind, depth, width, code = match[1], int(match[2]), match[3], match[4]
    if kind == "wrn":
        return WideResNet(depth, int(width), classes)
    if depth not in DEPTHS:
        count = (depth - 2) // 6
        return ResNet("basic", (count,) * 3, (16, 32, 64), classes, subsampled=True)
    block, counts = DEPTHS[depth]
    if kind == "parn":
        return PreactResNet(block, counts, classes)
    if (code or ("p2333" if block == "basic" else "torchvision")) == "torchvision":
        return getattr(torchvision.models, f"resnet{depth}")(num_classes=classes)
    return ResNet(block, counts, (64, 128, 256, 512), classes, subsampled=False)
