"""What people believe of a request, as routes of their own: each is wrong somewhere, and a lesson shows where.

A mutant says how a request ends for somebody who believes the claim of `course/folklore.toml` (or the sentence written
with it), or None where the belief says nothing. `lesson` is the one in which a probe must contradict it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from servicelab.network.names import is_address, lookup, query
from servicelab.network.objects import Node, Pod, Service
from servicelab.network.path import HopKind, Path
from servicelab.network.places import Outside, Place, PodPlace, Target
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome

MATRIX = "mutant routes"
"""The name of a test's property: who asked (a lesson, an item), and how often each belief was contradicted."""
ANSWERED, REFUSED, TIMED_OUT = Outcome.ANSWERED, Outcome.REFUSED, Outcome.TIMED_OUT


@dataclass(frozen=True)
class Asked:
    """A request, the state it met, and how it really ended; `path` is one of the ways it may take."""

    state: ClusterState
    source: Place
    target: Target
    outcome: Outcome
    path: Path | None = None

    @cached_property
    def address(self) -> str:
        """The address that is meant; empty when the name means none."""
        if is_address(self.target.host):
            return self.target.host
        found = lookup(self.state, self.source, self.target.host).addresses
        return found[0] if found else ""

    @cached_property
    def named(self) -> Service | None:
        """The Service whose name is asked, or would be in the namespace where people think it is."""
        if is_address(self.target.host):
            return self.state.service_of_address.get(self.address)
        name, then, *_ = [*self.target.host.split("."), ""]
        own = self.source.namespace if isinstance(self.source, PodPlace) else "default"
        services = self.state.services  # the last is a Pod's own name, which begins with the Pod
        return services.get((then or own, name)) or services.get((own, then))

    @cached_property
    def virtual(self) -> Service | None:
        """The Service whose virtual IP is asked."""
        return self.state.service_of_address.get(self.address)

    @cached_property
    def node(self) -> Node | None:
        """The node whose own address is asked."""
        return self.state.node_of_address.get(self.address)

    @cached_property
    def pod(self) -> Pod | None:
        """The Pod whose own address is asked."""
        return self.state.pod_of_address.get(self.address)

    @cached_property
    def at_node_port(self) -> Service | None:
        """The Service whose node port is asked at a node."""
        found = self.state.node_ports.get((self.target.protocol, self.target.port))
        return found.service if found and self.node else None


Believes = Callable[[Asked], Outcome | None]


@dataclass(frozen=True)
class Mutant:
    """A belief: the claim of the folklore, or its own name, the lesson that contradicts it, and what it says."""

    id: str
    lesson: str
    says: Believes

    def is_contradicted(self, asked: Asked) -> bool:
        """Whether this request ends otherwise than the belief says."""
        return self.says(asked) not in (None, asked.outcome)


def _nodes_with_endpoints(service: Service) -> set[str]:
    return {one.node or "" for port in service.ports for one in port.backends if one.ready}


def _is_pending(service: Service | None) -> bool:
    return service is not None and service.type == "LoadBalancer" and not service.load_balancer_ips


def _outside_asks_a_virtual_ip(asked: Asked) -> Outcome | None:
    return ANSWERED if asked.virtual and isinstance(asked.source, Outside) else None


def _namespaces_are_walls(asked: Asked) -> Outcome | None:
    service, source = asked.virtual, asked.source
    return TIMED_OUT if service and isinstance(source, PodPlace) and source.namespace != service.namespace else None


def _target_port_is_open(asked: Asked) -> Outcome | None:
    targets = {port.target_port for port in asked.virtual.ports} if asked.virtual else set()
    return ANSWERED if str(asked.target.port) in targets else None


def _a_program_has_every_port(asked: Asked) -> Outcome | None:
    return ANSWERED if asked.pod else None


def _other_ports_are_refused(asked: Asked) -> Outcome | None:
    ports = {port.port for port in asked.virtual.ports} if asked.virtual else {asked.target.port}
    return None if asked.target.port in ports else REFUSED


def _one_row_only(asked: Asked) -> Outcome | None:
    others = {port.port for port in asked.virtual.ports[1:]} if asked.virtual else set()
    return TIMED_OUT if asked.target.port in others else None


def _created_means_working(asked: Asked) -> Outcome | None:
    ports = {port.port for port in asked.named.ports} if asked.named else set()
    return ANSWERED if asked.target.port in ports else None


def _pods_have_names(asked: Asked) -> Outcome | None:
    return ANSWERED if any(name == asked.target.host for _, name in asked.state.pods) else None


def _only_pods_ask(asked: Asked) -> Outcome | None:
    return None if isinstance(asked.source, (PodPlace, Outside)) or not asked.virtual else TIMED_OUT


def _short_names_work_everywhere(asked: Asked) -> Outcome | None:
    if asked.address:
        return None
    names = [f"{asked.target.host}.{space}.svc.cluster.local" for space in asked.state.namespaces]
    return ANSWERED if any(query(asked.state, name, "A").records for name in names) else None


def _running_is_ready(asked: Asked) -> Outcome | None:
    service = asked.named
    if service is None or not service.selector:
        return None
    chosen = [pod for pod in asked.state.pods.values() if pod.alive and pod.namespace == service.namespace
              and service.selector.items() <= pod.labels.items()]  # fmt: skip
    is_asked = any(port.port == asked.target.port for port in service.ports)
    return ANSWERED if chosen and is_asked and not any(pod.ready for pod in chosen) else None


def _nobody_there_is_silence(asked: Asked) -> Outcome | None:
    has_nobody = asked.virtual is not None and not _nodes_with_endpoints(asked.virtual)
    return TIMED_OUT if has_nobody and any(port.port == asked.target.port for port in asked.virtual.ports) else None


def _workers_only(asked: Asked) -> Outcome | None:
    return REFUSED if asked.at_node_port and asked.node and asked.node.control_plane else None


def _nodes_with_a_pod_only(asked: Asked) -> Outcome | None:
    service, node = asked.at_node_port, asked.node
    return REFUSED if service and node and node.name not in _nodes_with_endpoints(service) else None


def _by_way_of_the_virtual_ip(asked: Asked) -> Outcome | None:
    service, node = asked.at_node_port, asked.node
    if service is None or node is None or not service.internal_traffic_local:
        return None
    return TIMED_OUT if node.name not in _nodes_with_endpoints(service) else None


def _node_ports_are_for_the_outside(asked: Asked) -> Outcome | None:
    return REFUSED if asked.at_node_port and isinstance(asked.source, PodPlace) else None


def _name_with_the_node_port(asked: Asked) -> Outcome | None:
    opened = {port.node_port for port in asked.virtual.ports} if asked.virtual else set()
    return ANSWERED if asked.target.port in opened else None


def _node_with_the_service_port(asked: Asked) -> Outcome | None:
    ports = {port.port for one in asked.state.services.values() if one.type != "ClusterIP" for port in one.ports}
    return ANSWERED if asked.node and asked.target.port in ports else None


def _pending_is_unreachable(asked: Asked) -> Outcome | None:
    return TIMED_OUT if _is_pending(asked.virtual) or _is_pending(asked.at_node_port) else None


def _node_ports_are_closed(asked: Asked) -> Outcome | None:
    return REFUSED if asked.at_node_port and asked.at_node_port.type == "LoadBalancer" else None


def _the_balancer_serves_the_outside_only(asked: Asked) -> Outcome | None:
    is_external = asked.address in asked.state.external
    return TIMED_OUT if is_external and isinstance(asked.source, PodPlace) else None


def _ranges_guard_the_service(asked: Asked) -> Outcome | None:
    service = asked.virtual or asked.at_node_port
    return TIMED_OUT if service and service.source_ranges else None


def _local_is_only_an_address(asked: Asked) -> Outcome | None:
    return ANSWERED if asked.at_node_port and asked.at_node_port.external_traffic_local else None


def _local_binds_callers_inside(asked: Asked) -> Outcome | None:
    service, source = asked.virtual, asked.source
    if service is None or not service.external_traffic_local or not isinstance(source, PodPlace):
        return None
    own = asked.state.pod(source.namespace, source.name)
    return TIMED_OUT if own and own.node not in _nodes_with_endpoints(service) else None


def _headless_translates(asked: Asked) -> Outcome | None:
    service = asked.named if asked.named and asked.named.headless else None
    return ANSWERED if service and asked.target.port in {one.port for one in service.ports} else None


def _alias_takes_an_address(asked: Asked) -> Outcome | None:
    return ANSWERED if asked.named and is_address(asked.named.external_name or "x") else None


def _one_port_for_both(asked: Asked) -> Outcome | None:
    ports = asked.virtual.ports if asked.virtual else ()
    is_other = any(one.port == asked.target.port and one.protocol != asked.target.protocol for one in ports)
    return ANSWERED if is_other else None


def _declared_ports_are_open(asked: Asked) -> Outcome | None:
    pod = asked.pod
    return ANSWERED if pod and asked.target.port in {one.port for one in pod.ports} else None


def _undeclared_ports_are_closed(asked: Asked) -> Outcome | None:
    pod = asked.pod
    return REFUSED if pod and asked.target.port not in {one.port for one in pod.ports} else None


def _policies_refuse(asked: Asked) -> Outcome | None:
    by_policy = asked.path and asked.path.hops and asked.path.hops[-1].kind is HopKind.POLICY
    return REFUSED if by_policy else None


def _a_policy_is_for_its_own_pods(asked: Asked) -> Outcome | None:
    """That nothing closes a Pod to callers from outside its namespace but a policy that names them."""
    policies = asked.state.policies.get(asked.virtual.namespace, ()) if asked.virtual else ()
    return ANSWERED if policies and asked.outcome is TIMED_OUT else None


MUTANTS = (
    Mutant("who answers at one port answers at all", "00-your-cluster", _a_program_has_every_port),
    Mutant("completely-isolated", "02-clusterip", _namespaces_are_walls),
    Mutant("virtual-ip-for-pods-only", "02-clusterip", _only_pods_ask),
    Mutant("a virtual IP is an address for everybody", "02-clusterip", _outside_asks_a_virtual_ip),
    Mutant("the program's own port is open at the virtual IP", "02-clusterip", _target_port_is_open),
    Mutant("another port of a virtual IP is refused", "02-clusterip", _other_ports_are_refused),
    Mutant("only the first row of ports counts", "02-clusterip", _one_row_only),
    Mutant("a Pod's name is a name in the DNS", "02b-names", _pods_have_names),
    Mutant("a short name works from every namespace", "02b-names", _short_names_work_everywhere),
    Mutant("running-is-ready", "02c-readiness-and-spreading", _running_is_ready),
    Mutant("a Service without endpoints is silent", "02c-readiness-and-spreading", _nobody_there_is_silence),
    Mutant("worker-nodes-only", "03-nodeport", _workers_only),
    Mutant("only nodes with a Pod answer", "03-nodeport", _nodes_with_a_pod_only),
    Mutant("node-forwards-to-the-clusterip", "03-nodeport", _by_way_of_the_virtual_ip),
    Mutant("node ports are closed to callers inside", "03-nodeport", _node_ports_are_for_the_outside),
    Mutant("the name goes with the node port", "03-nodeport", _name_with_the_node_port),
    Mutant("node-port-commented-out", "03-nodeport", _node_with_the_service_port),
    Mutant("pending-does-not-work", "04-loadbalancer", _pending_is_unreachable),
    Mutant("closes-the-node-ports", "04-loadbalancer", _node_ports_are_closed),
    Mutant("the external IP is for callers outside", "04-loadbalancer", _the_balancer_serves_the_outside_only),
    Mutant("source-ranges-guard-the-service", "06-where-you-come-from", _ranges_guard_the_service),
    Mutant("Local changes the source address and nothing else", "06-where-you-come-from", _local_is_only_an_address),
    Mutant("Local binds callers inside", "06-where-you-come-from", _local_binds_callers_inside),
    Mutant("headless-translates-the-port", "07-names-without-a-virtual-ip", _headless_translates),
    Mutant("external-name-takes-an-address", "07-names-without-a-virtual-ip", _alias_takes_an_address),
    Mutant("a-port-is-open-for-tcp-and-udp", "07b-under-the-hood", _one_port_for_both),
    Mutant("closed-is-refused", "09-closing-doors", _policies_refuse),
    Mutant("an open Service is open under policies", "09-closing-doors", _a_policy_is_for_its_own_pods),
    Mutant("created-means-working", "10-repairing", _created_means_working),
    Mutant("declared-ports-are-open", "10-repairing", _declared_ports_are_open),
    Mutant("undeclared ports are closed", "10-repairing", _undeclared_ports_are_closed),
)


def contradicted(asked: Asked) -> list[str]:
    """The beliefs that this request contradicts."""
    return [mutant.id for mutant in MUTANTS if mutant.is_contradicted(asked)]


def matrix(asked: Iterable[tuple[str, Mapping[str, int]]]) -> str:
    """Who contradicted which belief, how often: a row for each belief, with those that did."""
    lines = []
    rows = {mutant.id: [] for mutant in MUTANTS}
    for name, counts in sorted(asked):
        for belief, count in counts.items():
            rows[belief].append(f"{name} {count}×" if count > 1 else name)
    width = max(map(len, rows))
    for belief, names in rows.items():
        lines.append(f"{belief:{width}}  {', '.join(names) or '-'}")
    return "\n".join(lines)
