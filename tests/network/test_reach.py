"""The matrix of predictions, and the vantage points it is asked from."""

from servicelab.network.places import parse_place
from servicelab.network.reach import predict_all
from servicelab.network.state import ClusterState
from servicelab.network.vantage_points import vantage_points
from servicelab.network.verdict import Outcome, Verdict
from tests.network.objects import pod, service, shop

NOBODY = service("nobody", "10.96.1.2", [{"port": 80, "protocol": "TCP"}])
PLACES = [parse_place(text) for text in ("outside", "node/lab-worker", "pod/shop/client")]


def matrix():
    return predict_all(ClusterState.from_objects([*shop(), NOBODY], "172.18.0.5"), "shop", PLACES)


def test_every_service_from_everywhere():
    found = [
        (entrance.service, str(entrance), [str(cell.prediction.outcomes[0]) for cell in cells])
        for entrance, cells in matrix().rows
    ]
    assert found == [
        ("shop/nobody", "name", ["no_such_name", "no_such_name", "refused"]),
        ("shop/nobody", "virtual IP", ["timed_out", "refused", "refused"]),
        ("shop/web", "name", ["no_such_name", "no_such_name", "answered"]),
        ("shop/web", "virtual IP", ["timed_out", "answered", "answered"]),
    ]


def test_a_cell_tells_what_differs():
    made = matrix()
    cells = list(made.cells)
    cells[-1] = cells[-1].__class__(
        cells[-1].source, cells[-1].entrance, cells[-1].prediction, Verdict(Outcome.REFUSED)
    )
    compared = made.with_cells(cells)
    assert made.differences == []
    assert compared.differences == [cells[-1]]
    told = compared.to_json()["cells"]
    assert [cell["differs"] for cell in told] == [False] * 11 + [True]
    assert told[-1]["target"] == "http://10.96.1.1/hostname"
    assert told[-1]["probed"]["outcome"] == "refused"
    assert told[-1]["predicted"]["by"] == ["shop/web-1", "shop/web-2", "shop/web-3"]


def test_what_is_not_modelled_does_not_differ():
    state = ClusterState.from_objects(shop())
    (cell, _) = predict_all(state, "shop", [parse_place("pod/shop/nobody")]).cells
    answered = cell.__class__(cell.source, cell.entrance, cell.prediction, Verdict(Outcome.ANSWERED))
    assert cell.prediction.unmodelled
    assert not answered.differs


def owned(one, owner):
    one["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "uid": owner}]
    return one


def test_one_pod_stands_for_its_owners_others():
    objects = shop()
    for one in objects:
        if one["metadata"]["name"].startswith("web-"):
            owned(one, "the-one")
    going = pod("going", "10.244.1.77")
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    stranger = pod("aaa", "10.244.1.88", space="another")
    stranger["spec"]["containers"][0]["image"] = "coredns:1"
    places = [str(one) for one in vantage_points([*objects, going, stranger], "shop")]
    nodes = ["node/lab-control-plane", "node/lab-worker", "node/lab-worker2"]
    assert places == ["outside", *nodes, "pod/shop/client", "pod/shop/web-1", "pod/other/far"]
    everyone = [str(one) for one in vantage_points(objects, "shop", all_pods=True)]
    assert everyone == [
        "outside",
        *nodes,
        *(f"pod/shop/{one}" for one in ("client", "web-1", "web-2", "web-3")),
        "pod/other/far",
    ]
