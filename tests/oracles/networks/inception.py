"""Inception v3 as the paper modified it for TinyImageNet: torchvision's, with four layers left out of the forward pass.

The two convolutions that are left out keep their place among the parameters, and have no gradient.
"""

from torch import nn
from torchvision.models.inception import BasicConv2d, Inception3, InceptionA


class Inception(Inception3):
    def __init__(self, classes):
        super().__init__(num_classes=classes, aux_logits=True, transform_input=False, init_weights=True)
        self.maxpool1 = self.maxpool2 = nn.Identity()
        self.Mixed_5b = InceptionA(64, pool_features=32)
        self.AuxLogits.conv1 = BasicConv2d(128, 768, kernel_size=4)
        for part in (self.Mixed_5b, self.AuxLogits.conv1):
            for module in part.modules():
                if isinstance(module, nn.Conv2d):
                    nn.init.trunc_normal_(module.weight, std=0.1)

    def _forward(self, x):
        # Registered, but not called.
        left_out = self.Conv2d_3b_1x1, self.Conv2d_4a_3x3
        self.Conv2d_3b_1x1 = self.Conv2d_4a_3x3 = IDENTITY
        try:
            return super()._forward(x)
        finally:
            self.Conv2d_3b_1x1, self.Conv2d_4a_3x3 = left_out


IDENTITY = nn.Identity()


def auxiliary_logits(model, x):
    """Those of the auxiliary head in eval mode, which torchvision does not compute."""
    kept = []
    hook = model.Mixed_6e.register_forward_hook(lambda module, args, output: kept.append(output))
    model.eval()(x)
    hook.remove()
    return model.AuxLogits(kept[0])


build = {"inception": Inception}
