"""`%doctor`: why a Service is not answered, in a notebook, with the words of `lab doctor`."""

from servicelab.cluster.base import Cluster
from servicelab.diagnosis import LEVELS
from servicelab.notebook.line import LineParser
from servicelab.tracing.diagnosing import Asking, doctor, read_asking, report

USAGE = "%doctor SERVICE [--from WHO] [--port N] [--expect LABELS] [--level 1, 2 or 3], for example: %doctor web"


def parse_doctor(line: str, namespace: str) -> tuple[Asking, int]:
    """Read what follows `%doctor`: what is asked, and how much is to be told.

    `namespace` is that of names written without one. ValueError with a sentence for the learner.
    """
    parser = LineParser(USAGE)
    parser.add_argument("service", nargs="?", default="")
    parser.add_argument("--namespace", "-n", default=namespace)
    parser.add_argument("--from", dest="source", default="")
    parser.add_argument("--port", type=int)
    parser.add_argument("--expect", default="")
    parser.add_argument("--level", type=int, choices=LEVELS, default=LEVELS[0])
    told = parser.read(line)
    return read_asking(told.service, told.namespace, told.source, told.port, told.expect), told.level


def examined(cluster: Cluster, asking: Asking, level: int, how_to_go_on: bool = True) -> str:
    """What there is to say of a Service, or of all of a namespace."""
    command = f"%doctor {{}} -n {asking.namespace}" if how_to_go_on else ""
    return report(doctor(cluster, asking), asking, level, command)
