"""Each solution runs top to bottom as its learner would run it, on both clusters, and shows what its text says."""

import os

import nbformat
import pytest
from nbclient import NotebookClient

from servicelab.cli.start import environment
from servicelab.course import load_course
from tests.support.turns import on_both_clusters, todays

COURSE = load_course()
SAYS = {
    "first-requests": {
        "given": "The exercise first-requests is ready in the namespaces fair and visitors.",
        "look": "client",
        "before": "no such name",
        "manifest": "pod/booth created",
        "try-near": "answered by fair/booth",
        "first-check": "7 of 10 points",
        "predict": "**Predict `another-port`.**",
        "predictions": "predictions: kept another-port, the-pods-name.",
        "try-another-port": "It ended with refused; as you predicted",
        "try-the-pods-name": "It ended with no such name; as you predicted",
        "explain": "Pod `booth`, `spec.containers`",
        "explanations": "kept who-refuses, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "labels": {
        "given": "The exercise labels is ready in the namespaces zoo and visitors.",
        "look": "app=otters,",
        "manifest": "service/otters created",
        "try-near": "answered by zoo/",
        "first-check": "7 of 10 points",
        "predict": "**Predict `old-trial`.**",
        "predictions": "predictions: kept after-a-loss, old-trial.",
        "loss": "successfully rolled out",
        "try-after-a-loss": "It ended with answered; as you predicted",
        "try-old-trial": "It ended with refused; as you predicted",
        "explain": "Service `old-trial`, `spec.selector`",
        "explanations": "kept why-refused, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "clusterip": {
        "given": "The exercise clusterip is ready in the namespaces shop and visitors.",
        "look": "app=web,",
        "manifest": "service/web created",
        "try-near": "answered by shop/frontend-",
        "first-check": "7 of 10 points",
        "predict": "**Predict `far`.**",
        "predictions": "predictions: kept far, past-the-port.",
        "try-far": "It ended with no such name; as you predicted",
        "try-past": "It ended with timed out; as you predicted",
        "explain": "Service `web`, `spec.ports`",
        "explanations": "kept why-silent, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "repair-name": {
        "given": "The exercise repair-name is ready in the namespaces village and visitors.",
        "predict": "**Predict `now`.**",
        "predictions": "predictions: kept now, from-afar.",
        "try-now": "It ended with no such name; as you predicted",
        "try-afar": "It ended with refused; as you predicted",
        "look": "<unset>",
        "manifest": "service/mail created",
        "try-near": "answered by village/postman-",
        "first-check": "3 of 5 points",
        "explain": "Service `mail` in `visitors`, `spec.selector`",
        "explanations": "kept still-refused, changed.",
        "check": "5 of 5 points: all checks passed",
        "grade": "5.0",
    },
    "nodeport": {
        "given": "The exercise nodeport is ready in the namespaces town and visitors.",
        "look": "app=kiosk,",
        "manifest": "service/kiosk created",
        "try-near": "answered by town/counter-",
        "first-check": "7 of 10 points",
        "predict": "**Predict `name-and-node-port`.**",
        "predictions": "predictions: kept inside, name-and-node-port.",
        "try-inside": "It ended with answered; as you predicted",
        "try-both": "It ended with timed out; as you predicted",
        "explain": "Service `kiosk`, `spec.ports[0].port`",
        "explanations": "kept why-silent, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "loadbalancer": {
        "given": "The exercise loadbalancer is ready in the namespaces coast and visitors.",
        "look": "<pending>",
        "manifest": "service/ferry created",
        "try-near": "answered by coast/crew-",
        "first-check": "7 of 10 points",
        "predict": "**Predict `while-pending`.**",
        "predictions": "predictions: kept while-pending, by-name-from-outside.",
        "try-while-pending": "It ended with answered; as you predicted",
        "try-by-name": "It ended with no such name; as you predicted",
        "explain": "Service `waiting`, `spec.ports[0]`",
        "explanations": "kept which-way, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "closed-node-ports": {
        "given": "The exercise closed-node-ports is ready in the namespaces harbour and visitors.",
        "look": "answered by harbour/desk-",
        "predict": "**Predict `from-afar`.**",
        "predictions": "predictions: kept name-and-node-port, from-afar.",
        "try-name": "It ended with timed out; as you predicted",
        "try-from-afar": "It ended with answered; as you predicted",
        "manifest": "service/parcels configured",
        "try-near": "443/TCP",
        "first-check": "8 of 10 points",
        "explain": "Service `lost`, `spec.selector`",
        "explanations": "kept why-refused, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "headless": {
        "given": "The exercise headless is ready in the namespaces opera and visitors.",
        "look": "subdomain: choir",
        "manifest": "service/choir created",
        "try-near": "answered by opera/alto",
        "first-check": "7 of 10 points",
        "predict": "**Predict `with-80`.**",
        "predictions": "predictions: kept with-80, from-afar.",
        "try-with-80": "It ended with refused; as you predicted",
        "try-from-afar": "It ended with no such name; as you predicted",
        "explain": "none of the programs in its `spec.containers` listens there",
        "explanations": "kept who-refused, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "repair-labels": {
        "given": "The exercise repair-labels is ready in the namespaces canteen and visitors.",
        "predict": "**Predict `now`.**",
        "predictions": "predictions: kept now, from-afar.",
        "try-now": "It ended with refused; as you predicted",
        "try-afar": "It ended with no such name; as you predicted",
        "walk": "0/1",
        "walk-on": ":8008/",
        "manifest": "deployment.apps/kitchen configured",
        "try-near": "answered by canteen/kitchen-",
        "first-check": "7 of 10 points",
        "explain": "Service `leftovers`, `spec.selector`",
        "explanations": "kept why-refused, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "default-deny": {
        "given": "The exercise default-deny is ready in the namespaces bank and visitors.",
        "look": "role=teller",
        "before": "answered by bank/ledger",
        "manifest": "networkpolicy.networking.k8s.io/callers created",
        "try-near": "answered by bank/ledger",
        "first-check": "7 of 10 points",
        "predict": "**Predict `to-the-archive`.**",
        "predictions": "predictions: kept to-the-archive, from-afar.",
        "try-to-the-archive": "It ended with timed out; as you predicted",
        "try-from-afar": "It ended with timed out; as you predicted",
        "explain": "no rule in their `spec.ingress` lists this caller",
        "explanations": "kept why-silent, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "repair-ports": {
        "given": "The exercise repair-ports is ready in the namespaces garage and visitors.",
        "walk": "9376/TCP",
        "predict": "**Predict `first-now`.**",
        "predictions": "predictions: kept first-now, second-now.",
        "try-first": "It ended with refused; as you predicted",
        "try-second": "It ended with timed out; as you predicted",
        "walk-on": "--http-port=8181",
        "manifest": "service/bills configured",
        "try-near": "answered by garage/cashier-",
        "first-check": "8 of 10 points",
        "explain": "Pods of `mechanic`, `containers[0].args`",
        "explanations": "kept why-refused, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "choose-a-type": {
        "given": "The exercise choose-a-type is ready in the namespaces agency and visitors.",
        "look": "app=ledger,",
        "manifest": "service/ledger created",
        "try-near": "answered by agency/sales-",
        "first-check": "7 of 10 points",
        "predict": "**Predict `by-name-from-outside`.**",
        "predictions": "predictions: kept by-name-from-outside.",
        "try": "It ended with no such name; as you predicted",
        "explain": "Service `tickets`, `spec.ports[0]`",
        "explanations": "kept which-way, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "capstone-small": {
        "given": "The exercise capstone-small is ready in the namespaces market and visitors.",
        "look": "app=storefront,",
        "manifest": "service/stock created",
        "try-near": "answered by market/window-",
        "first-check": "7 of 10 points",
        "predict": "**Predict `stock-from-afar`.**",
        "predictions": "predictions: kept stock-from-afar.",
        "try": "It ended with answered; as you predicted",
        "explain": "Service `stock`, `spec.ports`",
        "explanations": "kept why-silent, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "external-database": {
        "given": "The exercise external-database is ready in the namespaces office, visitors and datacenter.",
        "look": "5432/TCP",
        "theirs": "answered by datacenter/postgres",
        "manifest": "service/records created",
        "try-near": "postgres.datacenter.svc.cluster.local.",
        "first-check": "7 of 10 points",
        "predict": "**Predict `with-80`.**",
        "predictions": "predictions: kept with-80, short.",
        "try-with-80": "It ended with timed out; as you predicted",
        "try-short": "It ended with no such name; as you predicted",
        "explain": "the client got its virtual IP",
        "explanations": "kept who-decides, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "three-routes": {
        "given": "The exercise three-routes is ready in the namespaces theatre and visitors.",
        "look": "app=poster,",
        "manifest": "service/poster created",
        "try-near": "answered by theatre/press-",
        "picture": "30036",
        "first-check": "7 of 10 points",
        "predict": "**Predict `other-row`.**",
        "predictions": "predictions: kept other-row, name-and-node-port.",
        "try-other": "It ended with answered; as you predicted",
        "try-both": "It ended with timed out; as you predicted",
        "explain": "Service `poster`, the entry with `port: 443`",
        "explanations": "kept which-arrow, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "source-address": {
        "given": "The exercise source-address is ready in the namespaces townhall and visitors.",
        "look": "app=ballot,",
        "manifest": "service/ballot created",
        "try-near": "which saw the request come from",
        "first-check": "7 of 10 points",
        "predict": "**Predict `from-afar`.**",
        "predictions": "predictions: kept from-afar, name-and-node-port.",
        "try-afar": "It ended with answered; as you predicted",
        "try-both": "It ended with timed out; as you predicted",
        "explain": "Service `nearby`, `spec.internalTrafficPolicy`",
        "explanations": "kept why-silent, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "named-ports": {
        "given": "The exercise named-ports is ready in the namespaces college and visitors.",
        "look": "edition=second",
        "manifest": "service/lexicon created",
        "try-near": "answered by college/",
        "first-check": "7 of 10 points",
        "predict": "**Predict `the-programs-port`.**",
        "predictions": "predictions: kept the-programs-port, from-afar.",
        "try-port": "It ended with timed out; as you predicted",
        "try-afar": "It ended with no such name; as you predicted",
        "explain": "Service `returns`, `spec.ports[0].targetPort`: no container",
        "explanations": "kept why-refused, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "readiness": {
        "given": "The exercise readiness is ready in the namespaces bakehouse and visitors.",
        "manifest": "deployment.apps/oven created",
        "look": "oven-",
        "predict": "**Predict `without-the-file`.**",
        "predictions": "predictions: kept without-the-file, the-programs-port.",
        "try-without": "It ended with refused; as you predicted",
        "try-port": "It ended with timed out; as you predicted",
        "try-near": "answered by bakehouse/oven-",
        "first-check": "8 of 10 points",
        "explain": "`endpoints[].conditions.ready`: none",
        "explanations": "kept why-refused, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "taken-port": {
        "given": "The exercise taken-port is ready in the namespaces stadium and visitors.",
        "look": "80:30081/TCP",
        "manifest": "service/snacks created",
        "try-near": "answered by stadium/stall-",
        "first-check": "7 of 10 points",
        "predict": "**Predict `name-and-node-port`.**",
        "predictions": "predictions: kept from-afar, name-and-node-port.",
        "try-afar": "It ended with answered; as you predicted",
        "try-both": "It ended with timed out; as you predicted",
        "explain": "Service `lounge`, `spec.ports[0].port`",
        "explanations": "kept apart, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "repair-outside": {
        "given": "The exercise repair-outside is ready in the namespaces depot and visitors.",
        "predict": "**Predict `now`.**",
        "predictions": "predictions: kept now, name-and-node-port.",
        "try-now": "It ended with answered; as you predicted",
        "try-both": "It ended with timed out; as you predicted",
        "walk": "80:30081/TCP",
        "walk-on": "refused",
        "manifest": "service/parcels configured",
        "try-near": "answered by depot/sorting-",
        "first-check": "8 of 10 points",
        "explain": "Service `locker`, `spec.ports[0].port`",
        "explanations": "kept why-silent, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
    "capstone": {
        "given": "The exercise capstone is ready in the namespaces emporium and visitors.",
        "look": "role=clerk",
        "manifest": "networkpolicy.networking.k8s.io/clerks-only created",
        "try-near": "answered by emporium/shelves-",
        "first-check": "7 of 10 points",
        "predict": "**Predict `inside-the-namespace`.**",
        "predictions": "predictions: kept inside-the-namespace, from-afar.",
        "try-inside": "It ended with timed out; as you predicted",
        "try-afar": "It ended with no such name; as you predicted",
        "explain": "no rule in their `spec.ingress` lists this caller",
        "explanations": "kept why-silent, changed.",
        "check": "10 of 10 points: all checks passed",
        "grade": "10.0",
    },
}
"""What the learner sees, by cell; as on kind with Kubernetes v1.36.3."""


@pytest.fixture
def learner(kind, request, without_exercise):
    """The environment of a learner's notebook on this kind of cluster."""
    server = request.getfixturevalue("embedded_server" if kind == "embedded" else "kind_cluster")
    home = request.getfixturevalue("embedded_home" if kind == "embedded" else "kind_home")
    without_exercise(server)
    # A first prediction is kept for good: one that another test made in this home is not this learner's.
    (home.root / "progress.sqlite").unlink(missing_ok=True)
    return environment(home, kind, server.name)


def printed(cell):
    parts = []
    for output in cell.outputs:
        data = output.get("data", {})
        shown = data.get("text/markdown") or data.get("text/plain")
        parts.append(output.get("text") or shown or output.get("evalue", ""))
    return "".join(parts)


@pytest.mark.parametrize(
    ("slug", "kind"), on_both_clusters(SAYS, on_embedded=SAYS, on_kind=todays(SAYS, always="clusterip"))
)
def test_a_solution_runs_and_shows_what_it_says(slug, kind, learner, tmp_path):
    path = COURSE.root / "solutions" / slug / f"{slug}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=150, kernel_name="python3", resources=resources).execute(
        env={**os.environ, **learner}
    )
    cells = {cell.id: printed(cell) for cell in notebook.cells if cell.cell_type == "code"}
    missing = {id: cells[id] for id, words in SAYS[slug].items() if words not in cells[id]}
    assert missing == {}


def test_all_solutions_are_here():
    assert set(SAYS) == {exercise.slug for exercise in COURSE.exercises}
