"""The layers of confinement by name, and what each one protects."""

from collections.abc import Callable, Iterable

Layers = dict[str, str]
"""Name of a layer -> "" where it holds, else the reason why it does not."""

LAYERS = (
    "user namespace",
    "process namespace",
    "network namespace",
    "ipc namespace",
    "file view",
    "landlock",
    "capabilities",
    "seccomp",
)

PROTECTIONS = {
    "other people's files": ("file view", "landlock"),
    "the network": ("network namespace", "seccomp"),
    "other processes": ("process namespace", "seccomp"),
    "sockets of other programs": ("file view", "seccomp"),
}
"""What has to be protected -> the layers of which one is enough."""


def attempt(layers: Layers, name: str, enter: Callable[[], None]) -> bool:
    """Enter one layer and note in `layers` whether it holds.

    A layer that `layers` has a reason for already is not entered.
    """
    if layers.get(name):
        return False
    try:
        enter()
    except (OSError, NotImplementedError) as error:
        layers[name] = str(error)
    else:
        layers[name] = ""
    return not layers[name]


def left_out(names: Iterable[str]) -> Layers:
    """Begin with layers that are not to be entered, as if the machine did not have them."""
    return dict.fromkeys(names, "left out by the configuration")


def missing_protections(layers: Layers) -> list[str]:
    """Name what no layer protects.

    Examples
    --------
    >>> missing_protections({"landlock": "", "seccomp": "not on this machine"})
    ['the network', 'other processes', 'sockets of other programs']
    """
    return [
        what
        for what, names in PROTECTIONS.items()
        if not any(layers.get(name, "absent") == "" for name in names)
    ]
