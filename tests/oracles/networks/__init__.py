"""The networks in PyTorch, by the names that the project has for them."""

from . import inception, mobilenet, resnets, transformers

FAMILIES = [mobilenet.build, inception.build]


def build(name, classes, side=224):
    """The network with its own initial values; only vision transformers depend on the side of the images."""
    if name in transformers.NAMES:
        return transformers.build(name, classes, (side, side))
    for family in FAMILIES:
        if name in family:
            return family[name](classes)
    if (network := resnets.make(name, classes)) is not None:
        return network
    raise KeyError(f"there is no network {name}")
