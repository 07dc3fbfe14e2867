"""What the machines that execute submissions can do: found out before grading starts."""

from collections.abc import Iterable
from concurrent.futures import Executor

from nbformat.v4 import new_notebook

from pooledu.grading.execution import DeviceMissingError, Policy, execute
from pooledu.grading.sandbox import Layers


def probe(policy: Policy) -> Layers:
    """Run an empty notebook; return the layers of confinement, as `Record.layers` has them.

    Raises
    ------
    SandboxMissingError, DeviceMissingError
        As :func:`pooledu.grading.execution.execute` does.
    """
    return execute(new_notebook(), policy)[1].layers


def probe_all(policies: Iterable[Policy], executor: Executor | None, workers: int) -> Layers:
    """Probe all workers at once, which leaves each of them warm.

    Parameters
    ----------
    policies : iterable of Policy
        Of the notebooks that are going to be executed.
    executor : Executor, optional
        Where they are executed; without one, in this process.
    workers : int
        How many there are.

    Returns
    -------
    Layers
        A layer that any worker lacks is missing.
    """
    if executor is None:
        found = [probe(policy) for policy in policies]
    else:
        futures = [executor.submit(probe, policy) for policy in policies for _ in range(workers)]
        found = [future.result() for future in futures]
    layers: Layers = {}
    for each in found:
        layers |= {name: reason or layers.get(name, "") for name, reason in each.items()}
    return layers


def devices(wanted: str, executor: Executor | None) -> tuple[list[str], str]:
    """Return torch's devices that `wanted` stands for, and why CUDA is not among them, or "".

    Parameters
    ----------
    wanted : str
        'cpu', 'cuda' or 'all' ('cpu' and, where it is there, 'cuda').
    executor : Executor, optional
        Where submissions are executed; without one, in this process.

    Raises
    ------
    DeviceMissingError
        'cuda' is wanted, and is not there.
    """
    if wanted == "cpu":
        return ["cpu"], ""
    with_cuda = Policy(devices=("cuda",), unconfined=True).forbidding(())
    try:
        probe_all([with_cuda], executor, 1)
    except DeviceMissingError as error:
        if wanted == "cuda":
            raise
        return ["cpu"], str(error)
    return (["cuda"] if wanted == "cuda" else ["cpu", "cuda"]), ""
