"""torchvision's transformers, for images of any size; dropout and stochastic depth as torchvision has them."""

from torch import nn
from torchvision.models import swin_transformer, vision_transformer

VISION_TRANSFORMERS = ("vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14")
SWINS = ("swin_v2_t", "swin_v2_s", "swin_v2_b")
NAMES = VISION_TRANSFORMERS + SWINS


class AnyImageVisionTransformer(vision_transformer.VisionTransformer):
    """torchvision takes square images only; nothing else in the network depends on it."""

    def __init__(self, image, **options):
        height, width = image
        super().__init__(image_size=max(image), **options)
        tokens = (height // self.patch_size) * (width // self.patch_size) + 1
        if tokens != self.seq_length:
            positions = nn.Parameter(self.encoder.pos_embedding.data[:, :1].repeat(1, tokens, 1))
            nn.init.normal_(positions, std=0.02)
            self.encoder.pos_embedding = positions

    def _process_input(self, x):
        return self.conv_proj(x).flatten(2).transpose(1, 2)


def build(name, classes, image=(224, 224)):
    """The network called `name` for images of `image` pixels (height, width)."""
    if name in SWINS:
        return getattr(swin_transformer, name)(num_classes=classes)
    sizes = {
        "vit_b": dict(num_layers=12, num_heads=12, hidden_dim=768, mlp_dim=3072),
        "vit_l": dict(num_layers=24, num_heads=16, hidden_dim=1024, mlp_dim=4096),
        "vit_h": dict(num_layers=32, num_heads=16, hidden_dim=1280, mlp_dim=5120),
    }
    size, patch = name.rsplit("_", 1)
    return AnyImageVisionTransformer(image, patch_size=int(patch), num_classes=classes, **sizes[size])
