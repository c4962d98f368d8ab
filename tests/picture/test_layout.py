"""Nothing lies on anything else: in any picture of the recorded flows, and of clusters made by chance."""

from hypothesis import given, settings
from hypothesis import strategies as some

from servicelab.picture import describe, picture
from servicelab.picture.journey import Journey, Remark, Sign, journey
from servicelab.picture.layout import SIZE, WIDTH
from servicelab.picture.scene import MOST_ROUTES
from tests.network.objects import client, endpoint, nodes, pod, service, slice_of
from tests.picture.clusters import ask, of_the_corpus, three_routes
from tests.picture.geometry import Geometry

NARROW, LEAST = 400, 9
EVERY = 10
"""Of the recorded requests, one of so many has a picture of its own in a usual run; with --full all have."""
FEWEST = 200


def test_every_state_of_the_corpus_is_drawn_without_overlap_and_said_in_words(request):
    drawn = 0
    for name, (paths, state) in of_the_corpus(1 if request.config.getoption("--full") else EVERY):
        svg = picture(paths, state)
        assert Geometry(svg).faults() == [], name
        words = describe(paths, state)
        hops = {hop.said for path in paths[:MOST_ROUTES] for hop in path.hops}
        assert [said for said in hops if said not in words] == [], name
        rewritten = {remark.text for path in paths[:MOST_ROUTES] for remark in rewrites(journey(path, state))}
        assert [text for text in rewritten if text not in words] == [], name
        drawn += 1
    assert drawn >= FEWEST


def rewrites(one: Journey) -> list[Remark]:
    return [remark for stop in one.stops for remark in stop.remarks if remark.sign in (Sign.DNAT, Sign.SNAT)]


NAMES = some.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=63).map(lambda name: f"a{name}z")
PORTS = some.integers(1, 65535)


@some.composite
def clusters(draw):
    """A Service with up to twelve Pods on three nodes, and what is asked of it."""
    names = draw(some.lists(NAMES, max_size=12, unique=True))
    where = ["lab-control-plane", "lab-worker", "lab-worker2"]
    port, target, node_port = draw(PORTS), draw(PORTS), draw(some.integers(30000, 32767))
    pods = [
        pod(
            name,
            f"10.244.{n % 3}.{n + 10}",
            where[n % 3],
            ["netexec", f"--http-port={draw(some.sampled_from([target, 8080]))}"],
        )
        for n, name in enumerate(names)
    ]
    name = draw(NAMES)
    ports = [{"port": port, "targetPort": target, "nodePort": node_port, "protocol": "TCP"}]
    policy = draw(some.sampled_from(["Cluster", "Local"]))
    web = service(name, "10.96.1.1", ports, type="LoadBalancer", externalTrafficPolicy=policy)
    web["status"] = {"loadBalancer": {"ingress": [{"ip": "172.18.255.200", "ipMode": "VIP"}]}}
    ends = [endpoint(one, ready=draw(some.booleans())) for one in pods]
    objects = [*nodes(), *pods, client(), web, slice_of(web, [{"name": "", "port": target, "protocol": "TCP"}], ends)]
    targets = [
        f"tcp://10.96.1.1:{port}",
        f"tcp://172.18.0.4:{node_port}",
        f"tcp://172.18.255.200:{port}",
        f"tcp://{name}:{port}",
        "ping://10.96.1.1",
    ]
    requests = some.tuples(some.sampled_from(["pod/client", "node/lab-worker2", "outside"]), some.sampled_from(targets))
    return objects, draw(some.lists(requests, min_size=1, max_size=6))


@settings(max_examples=40)
@given(clusters())
def test_nothing_overlaps_in_pictures_of_clusters_made_by_chance(case):
    objects, requests = case
    paths, state = ask(objects, *requests)
    svg = picture(paths, state)
    assert Geometry(svg).faults() == []
    assert svg == picture(paths, state)


def test_letters_are_high_enough_in_a_narrow_column():
    assert (
        min(
            float(one.get("font-size"))
            for one in Geometry(picture(*three_routes())).root.iter()
            if one.get("font-size")
        )
        == SIZE
    )
    assert SIZE * NARROW / WIDTH >= LEAST
