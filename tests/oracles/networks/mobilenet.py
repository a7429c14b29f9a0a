"""MobileNetV3: torchvision's own."""

import torchvision

build = {
    "mobilenet_v3_small": lambda classes: torchvision.models.mobilenet_v3_small(num_classes=classes),
    "mobilenet_v3_large": lambda classes: torchvision.models.mobilenet_v3_large(num_classes=classes),
}
