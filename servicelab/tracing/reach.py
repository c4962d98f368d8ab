"""Who reaches what on a running cluster: the model's matrix, and what real requests make of it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace

from servicelab.cluster.base import Capability, Cluster, MachineError, NotSupported
from servicelab.network.prediction import predict
from servicelab.network.reach import Cell, Matrix, predict_all
from servicelab.network.vantage_points import vantage_points
from servicelab.tracing.reading import read_objects, read_state, state_of

Done = tuple[int, Cell]
"""A request that is done: its place in `Matrix.cells`, and what became of it."""
AT_ONCE = 6
"""Requests under way side by side: most of their time passes in waiting for answers that do not come."""


def predict_namespace(cluster: Cluster, namespace: str, *, all_pods: bool = False) -> Matrix:
    """What the model says of a namespace's Services, from every vantage point that there is now."""
    objects = read_objects(cluster)
    return predict_all(state_of(cluster, objects), namespace, vantage_points(objects, namespace, all_pods=all_pods))


def probe_all(
    cluster: Cluster,
    matrix: Matrix,
    *,
    timeout: float = 2.0,
    watched: Callable[[Iterable[Done]], Iterable[Done]] = lambda done: done,
) -> Matrix:
    """The matrix with what became of every request; what differs is looked at once more.

    `watched` may pass each request on as it is done, and show how far it is. Nothing is sent where real traffic would
    not be: those cells stay predictions.
    """
    if Capability.REAL_TRAFFIC not in cluster.capabilities:
        return matrix
    cells = dict(watched(_probes(cluster, matrix, timeout)))
    return _look_again(cluster, matrix.with_cells(cells[index] for index in range(len(matrix.cells))), timeout)


def _probes(cluster: Cluster, matrix: Matrix, timeout: float) -> Iterator[Done]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        places = {pool.submit(_probed, cluster, cell, timeout): index for index, cell in enumerate(matrix.cells)}
        try:
            for done in as_completed(places):
                yield places[done], done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _look_again(cluster: Cluster, matrix: Matrix, timeout: float) -> Matrix:
    """Predict and send anew what ended otherwise, one by one: the cluster may have changed meanwhile, and Linux sends
    one client only some refusals a second (icmp_ratelimit), so that of many the last look like silence."""
    if not matrix.differences:
        return matrix
    state = read_state(cluster)
    cells = []
    for cell in matrix.cells:
        if cell.differs:
            again = replace(cell, prediction=predict(state, cell.source, cell.entrance.target))
            cell = _probed(cluster, again, 2 * timeout) if again.differs else again
        cells.append(cell)
    return matrix.with_cells(cells)


def _probed(cluster: Cluster, cell: Cell, timeout: float) -> Cell:
    try:
        return replace(cell, probed=cluster.probe(cell.source, cell.entrance.target, timeout=timeout))
    except (NotSupported, MachineError) as unable:
        return replace(cell, unprobed=str(unable))
