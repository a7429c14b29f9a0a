"""Small members of torchvision's transformers: state_dict, images, logits and gradients: tests/fixtures/transformers/.

    python tests/oracles/small_transformers.py

Needs torch, torchvision, numpy and safetensors. `<name>.safetensors` is the state_dict as safetensors.torch writes it;
`<name>_answers.safetensors` holds images [N, H, W, 3], the logits in float64 arithmetic, rounded, and `gradient.<parameter>` of the
mean cross-entropy with the labels 0, 1, ...
"""

import functools
import pathlib

import numpy
import safetensors
import safetensors.numpy
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformer, SwinTransformerBlockV2

from networks.transformers import AnyImageVisionTransformer

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "transformers"
MADE_BY = (
    f"tests/oracles/small_transformers.py, torch {torch.__version__}, torchvision {torchvision.__version__}, "
    f"safetensors {safetensors.__version__}"
)


def vision_transformer():
    model = AnyImageVisionTransformer(
        (8, 12), patch_size=4, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=24, num_classes=5
    )
    nn.init.normal_(model.heads.head.weight)
    return model, (8, 12)


def swin_v2():
    """Maps of 7x5 and 4x3: padded and shifted windows, padded merging, a map of one window."""
    model = SwinTransformer(
        patch_size=[4, 4],
        embed_dim=8,
        depths=[2, 2],
        num_heads=[1, 2],
        window_size=[4, 4],
        stochastic_depth_prob=0.2,
        num_classes=5,
        norm_layer=functools.partial(nn.LayerNorm, eps=1e-5),
        block=SwinTransformerBlockV2,
        downsample_layer=PatchMergingV2,
    )
    return model, (29, 22)


def write(name, make):
    torch.manual_seed(3)
    model, (height, width) = make()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if key.endswith("logit_scale"):  # below and above the clamp
                parameter.copy_(torch.linspace(4, 5, parameter.numel()).reshape(parameter.shape))
            elif parameter.dim() == 1 or key == "class_token":  # biases and scales, which start as constants
                parameter.add_(0.2 * torch.randn_like(parameter))
            elif name == "swin_v2":  # with 0.02 the gradients would be as small as rounding
                parameter.mul_(10)
    tensors = {key: value.numpy() for key, value in model.state_dict().items()}
    FOLDER.mkdir(parents=True, exist_ok=True)
    save(name, tensors)
    exact = model.double()
    images = torch.rand(3, height, width, 3)
    exact.eval()
    logits = exact(images.double().permute(0, 3, 1, 2))
    F.cross_entropy(logits, torch.arange(3)).backward()
    answers = {"images": images, "logits": logits.detach().float()}
    answers |= {f"gradient.{key}": p.grad.float() for key, p in exact.named_parameters()}
    save(f"{name}_answers", {key: numpy.ascontiguousarray(value.numpy()) for key, value in answers.items()})


def save(name, tensors):
    (FOLDER / f"{name}.safetensors").write_bytes(safetensors.numpy.save(tensors, {"made by": MADE_BY}))


write("vision_transformer", vision_transformer)
write("swin_v2", swin_v2)
