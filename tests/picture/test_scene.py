"""What a picture shows and what it leaves out."""

from servicelab.picture.journey import Sort
from servicelab.picture.scene import MOST_OTHER_PODS, MOST_ROUTES, scene_of
from tests.network.objects import client, endpoint, node, nodes, pod, service, shop, slice_of
from tests.picture.clusters import ask, balanced_shop, three_routes


def titles(scene, sort=None):
    return {
        frame.title.split(" · ")[0]: [box.title for box in frame.boxes if sort in (None, box.sort)]
        for frame in scene.frames
    }


def crowd(count: int):
    """A Service with `count` Pods, all on one node, of a cluster with ten nodes; only the first Pod is ready."""
    pods = [pod(f"web-{number}", f"10.244.1.{number + 20}") for number in range(count)]
    web = service("web", "10.96.1.1", [{"port": 80, "targetPort": 8080, "protocol": "TCP"}])
    ends = [endpoint(one, ready=not number) for number, one in enumerate(pods)]
    more = [node(f"node-{number}", f"172.18.1.{number + 1}", f"10.244.{number + 10}.0/24") for number in range(10)]
    return [*nodes(), *more, *pods, client(), web, slice_of(web, [{"name": "", "port": 8080, "protocol": "TCP"}], ends)]


def test_all_that_the_routes_touch_and_the_services_other_pods():
    scene = scene_of(*three_routes())
    assert titles(scene) == {
        "outside the cluster": ["client 172.18.0.5"],
        "node lab-worker": [
            "Pod client · 10.244.1.9",
            "virtual IP of Service web",
            "load balancer of Service web",
            "Pod web-1 · 10.244.1.2",
        ],
        "node lab-worker2": ["node port of Service web", "Pod web-2 · 10.244.2.2"],
        "node lab-control-plane": [],
    }
    rules = (
        "rules for web: virtual IP 10.96.1.1:80, 443 · node port 30036, 31147 · load balancer 172.18.255.200:80, 443"
    )
    assert all(frame.notes == (rules,) for frame in scene.frames[1:])
    assert [(one.title, one.lines) for one in scene.fields] == [
        (
            "Service web, type LoadBalancer",
            (
                "port 80 → targetPort 8080 · nodePort 30036",
                "port 443 → targetPort 8080 · nodePort 31147",
                "clusterIP 10.96.1.1 · load balancer 172.18.255.200",
                "selector app=web",
            ),
        )
    ]


def test_a_service_is_no_box():
    assert {box.sort for frame in scene_of(*three_routes()).frames for box in frame.boxes} == {
        Sort.CLIENT,
        Sort.POD,
        Sort.RULES,
    }


def test_ways_of_one_request_share_what_is_equal():
    scene = scene_of(*ask(shop(), ("pod/client", "http://web/")))
    rules = [box for frame in scene.frames for box in frame.boxes if box.sort is Sort.RULES]
    assert [len(box.blocks) for box in rules] == [3]
    assert len(scene.legs) == 4


def test_what_the_ways_have_in_common_is_said_once():
    paths, state = ask(shop(), ("node/lab-control-plane", "http://10.96.1.1/"))
    box = next(box for frame in scene_of(paths, state).frames for box in frame.boxes if box.sort is Sort.RULES)
    assert len(box.blocks) == 3
    assert [remark.text for remark in box.remarks] == ["one of these:"]
    paths, state = ask(balanced_shop(), ("outside", "tcp://172.18.255.200:443"))
    box = next(box for frame in scene_of(paths, state).frames for box in frame.boxes if box.sort is Sort.RULES)
    assert [remark.text.split(" on ")[0] for remark in box.remarks] == ["MetalLB's speaker", "one of these:"]
    assert [[str(remark.sign) for remark in block.remarks] for block in box.blocks] == [["DNAT", "SNAT"]] * 2


def test_large_clusters_are_cut_and_it_is_said():
    scene = scene_of(*ask(crowd(17), ("pod/client", "http://web/")))
    worker = next(frame for frame in scene.frames if frame.title.startswith("node lab-worker ·"))
    assert len(worker.boxes) == 3 + MOST_OTHER_PODS
    assert "and 12 more Pods of the Services" in worker.notes
    assert "and 6 more nodes with the same rules" in scene.more


def test_many_ways_are_cut_and_it_is_said():
    requests = [("pod/client", f"http://web:{port}/") for port in range(80, 92)]
    paths, state = ask(shop(), *requests)
    assert f"and {len(paths) - MOST_ROUTES} more ways, not drawn" in scene_of(paths, state).more


def test_names_keep_their_namespace_where_it_is_another():
    scene = scene_of(*ask(shop(), ("pod/other/far", "http://web.shop/")))
    assert scene.title == "Pod other/far asks for http://web.shop/"
    assert scene.subtitle == "Names without a namespace are in the namespace shop."
    assert "Pod web-1 · 10.244.1.2" in titles(scene)["node lab-worker"]


def test_nothing_asked_shows_the_nodes():
    scene = scene_of([], ask(shop())[1])
    assert list(titles(scene)) == ["node lab-control-plane", "node lab-worker", "node lab-worker2"]
