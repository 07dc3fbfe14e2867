"""Confinement of the process in which a submission runs, in layers.

The warm process enters what a whole line of jobs shares (:mod:`namespaces`: its own view of the
files, no network, its own process ids). Each job, forked from it, adds what cannot be shared or
undone (:mod:`landlock`, :mod:`limits`, :mod:`seccomp`). Every layer is asked for by name and
answers with the reason where the machine does not have it; :func:`missing_protections` says
which protections are left without any layer.

Linux only. Elsewhere every layer is absent.
"""

from pooledu.grading.sandbox.layers import (
    LAYERS,
    PROTECTIONS,
    Layers,
    left_out,
    missing_protections,
)

__all__ = ["LAYERS", "PROTECTIONS", "Layers", "left_out", "missing_protections"]
