"""The networks in PyTorch, by the names that the project has for them."""

from . import inception, mobilenet, resnets

FAMILIES = [mobilenet.build, inception.build]


def build(name, classes):
    """The network with its own initial values."""
    for family in FAMILIES:
        if name in family:
            return family[name](classes)
    if (network := resnets.make(name, classes)) is not None:
        return network
    raise KeyError(f"there is no network {name}")
