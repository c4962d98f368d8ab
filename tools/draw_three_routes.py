"""Draw docs/images/three-routes.svg: one Service asked by its three types' ways, on an embedded cluster.

With --check, only say whether the picture is what a cluster of today gives.
"""

import sys
from pathlib import Path

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace

from servicelab.checks.objects import write
from servicelab.cluster.embedded import open_throwaway
from servicelab.manifests import read
from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import possible_paths
from servicelab.picture import picture
from servicelab.tracing.reading import read_state

FILE = Path(__file__).resolve().parent.parent / "docs" / "images" / "three-routes.svg"
SPACE = "shop"
POD = """
apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {{app: {app}}}}}
spec:
  nodeName: {node}
  containers:
  - name: main
    image: registry.k8s.io/e2e-test-images/agnhost:2.63.0
    args: {args}
---
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  clusterIP: 10.96.100.100
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8080, nodePort: 30036}
  - {name: https, port: 443, targetPort: 8080, nodePort: 31147}
"""
SERVER = "[netexec, --http-port=8080]"
MANIFESTS = (
    POD.format(name="client", app="client", node="lab-worker", args="[pause]")
    + POD.format(name="web-1", app="web", node="lab-worker", args=SERVER)
    + POD.format(name="web-2", app="web", node="lab-worker2", args=SERVER)
    + SERVICE
)
CLIENT = "pod/shop/client"
BACKENDS = 2


def three_routes() -> str:
    """The picture."""
    cluster = open_throwaway(seed=1)
    try:
        cluster.api.create(Namespace(metadata=ObjectMeta(name=SPACE)))
        for manifest in read(MANIFESTS, "three-routes.yaml").manifests:
            write(cluster.api, manifest.object, SPACE)

        def answers() -> bool:
            service = read_state(cluster).services[SPACE, "web"]
            return bool(service.load_balancer_ips) and all(len(port.backends) == BACKENDS for port in service.ports)

        cluster.wait_until("the Service to have its addresses and endpoints", answers)
        state = read_state(cluster)
    finally:
        cluster.close()
    service, node = state.services[SPACE, "web"], state.nodes["lab-control-plane"]
    requests = (
        (CLIENT, f"http://{service.cluster_ips[0]}/"),
        ("outside", f"http://{node.address}:30036/"),
        ("outside", f"tcp://{service.load_balancer_ips[0]}:443"),
    )
    paths = [possible_paths(state, parse_place(source), parse_target(target)) for source, target in requests]
    # Of the ways that chance may choose, one each: those that leave their node say most.
    return picture([max(ways, key=lambda path: len(path.hops)) for ways in paths], state)


def main() -> int:
    """Do it; the exit status."""
    drawn = three_routes()
    if FILE.exists() and FILE.read_text() == drawn:
        print(f"{FILE.name} is up to date.")
        return 0
    if "--check" in sys.argv[1:]:
        print(f"{FILE.name} is stale; run: python tools/draw_three_routes.py")
        return 1
    FILE.write_text(drawn)
    print(f"{FILE.name} was drawn anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
