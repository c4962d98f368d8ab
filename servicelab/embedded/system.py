"""What stands in a fresh cluster: nodes, Namespaces, the API server's own Service, cluster DNS; all ready at once."""

import random
import uuid
from typing import Any

from servicelab.embedded.admission import admit
from servicelab.embedded.admission.metallb_rules import networks
from servicelab.embedded.clock import Clock, timestamp
from servicelab.embedded.controllers.endpoints import EndpointsKeeper
from servicelab.embedded.controllers.endpointslice import EndpointSlices
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.metallb_pools import SYSTEM as METALLB_SYSTEM
from servicelab.embedded.controllers.namespace import default_service_account, root_certificate_map
from servicelab.embedded.controllers.node_boot import HEALTHY
from servicelab.embedded.controllers.node_leases import NodeLeases
from servicelab.embedded.controllers.objects import Key, owner_reference
from servicelab.embedded.controllers.pod_status import new_container_status, write_conditions
from servicelab.embedded.controllers.programs import AGNHOST, COREDNS
from servicelab.embedded.controllers.pulling import image_id
from servicelab.embedded.controllers.revisions import DESIRED, MAXIMUM, REVISION, new_replica_set
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.managed_fields.tracking import written_by
from servicelab.embedded.resources import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    ENDPOINTS,
    IP_ADDRESS_POOLS,
    L2_ADVERTISEMENTS,
    NAMESPACES,
    NODES,
    PODS,
    REPLICA_SETS,
    SERVICE_ACCOUNTS,
    SERVICES,
    Resource,
)
from servicelab.embedded.store import Object, Store
from servicelab.embedded.system_kinds import install_addresses, install_definitions

VERSION = "v1.36.3"
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system", METALLB_SYSTEM)
NODE_ADDRESSES = {"control-plane": "172.18.0.2", "worker": "172.18.0.3", "worker2": "172.18.0.4"}
API_PORT = 6443
POOL = "pool"
POOL_ADDRESSES = "172.18.255.200-172.18.255.250"
"""What `lab cluster start --cluster kind` gives MetalLB on Docker's usual network for kind, 172.18.0.0/16."""
COREFILE = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
"""
DNS_LABELS = {"k8s-app": "kube-dns"}
DNS_SERVICE_LABELS = DNS_LABELS | {"kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
DNS_PORTS = [
    {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
    {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
    {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
]


def install(
    store: Store, clock: Clock, randomness: random.Random, cluster_name: str, root_certificate: str = ""
) -> None:
    """Put into an empty store what `kind create cluster --name NAME` leaves: one control plane and two workers.

    MetalLB has its pool of addresses. Everything is settled: controllers find nothing to do, until Leases are
    renewed. What kind has beside this (kube-proxy, etcd, the API server and MetalLB as Pods, RBAC) is not there.
    """
    builder = _Builder(store, clock, randomness)
    for name in SYSTEM_NAMESPACES:
        builder.create(NAMESPACES, {"metadata": {"name": name}})
        builder.create(SERVICE_ACCOUNTS, default_service_account(name))
        builder.create(CONFIG_MAPS, root_certificate_map(name, root_certificate))
    for number, (role, address) in enumerate(NODE_ADDRESSES.items()):
        builder.create(NODES, node(f"{cluster_name}-{role}", address, number, cluster_name, builder.now))
    builder.create_api_service()
    with written_by(store, CONTROLLER_MANAGER, subresource=None):
        builder.create_dns(f"{cluster_name}-control-plane")
    with written_by(store, API_SERVER):
        install_addresses(store, builder.now)
    with written_by(store, APPLIED):
        install_definitions(store, builder.now)
    builder.create_pool()
    with written_by(store, KUBELET):
        NodeLeases(Work(store, clock, randomness)).reconcile(("", ""))


def node(name: str, address: str, number: int, cluster_name: str, now: str) -> Object:
    """A node as kind makes it; number 0 is the control plane. Its Pods get addresses from 10.244.NUMBER.0/24."""
    is_control_plane = number == 0
    labels = {"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
    labels |= {"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux"}
    spec: dict[str, Any] = {"podCIDR": f"10.244.{number}.0/24", "podCIDRs": [f"10.244.{number}.0/24"]}
    spec["providerID"] = f"kind://docker/{cluster_name}/{name}"
    if is_control_plane:
        labels |= {
            "node-role.kubernetes.io/control-plane": "",
            "node.kubernetes.io/exclude-from-external-load-balancers": "",
        }
        spec["taints"] = [{"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"}]
    annotations = {"node.alpha.kubernetes.io/ttl": "0"}
    annotations["volumes.kubernetes.io/controller-managed-attach-detach"] = "true"
    return {
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "spec": spec,
        "status": _node_status(name, address, now),
    }


def _node_status(name: str, address: str, now: str) -> dict[str, Any]:
    room = {"cpu": "2", "ephemeral-storage": "64Gi", "hugepages-1Gi": "0", "hugepages-2Mi": "0", "memory": "8Gi"}
    room["pods"] = "110"
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, name).hex
    return {
        "addresses": [{"address": address, "type": "InternalIP"}, {"address": name, "type": "Hostname"}],
        "allocatable": dict(room),
        "capacity": dict(room),
        "conditions": [
            {
                "lastHeartbeatTime": now,
                "lastTransitionTime": now,
                "message": message,
                "reason": reason,
                "status": value,
                "type": kind,
            }
            for kind, value, reason, message in HEALTHY
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "images": [{"names": [image]} for image in (AGNHOST, COREDNS)],
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
            "containerRuntimeVersion": "embedded://1",
            "kernelVersion": "embedded",
            "kubeProxyVersion": "",
            "kubeletVersion": VERSION,
            "machineID": identity,
            "operatingSystem": "linux",
            "osImage": "Service Lab embedded node",
            "systemUUID": identity,
        },
    }


CONTROLLER_MANAGER, API_SERVER, KUBEADM, KUBELET = "kube-controller-manager", "kube-apiserver", "kubeadm", "kubelet"
APPLIED = "kubectl-client-side-apply"
CREATED_BY = {
    NODES: KUBELET,
    SERVICES: KUBEADM,
    DEPLOYMENTS: KUBEADM,
    REPLICA_SETS: CONTROLLER_MANAGER,
    PODS: CONTROLLER_MANAGER,
    ENDPOINTS: CONTROLLER_MANAGER,
    ENDPOINT_SLICES: CONTROLLER_MANAGER,
    SERVICE_ACCOUNTS: CONTROLLER_MANAGER,
    CONFIG_MAPS: CONTROLLER_MANAGER,
    IP_ADDRESS_POOLS: APPLIED,
    L2_ADVERTISEMENTS: APPLIED,
}
"""As which program kind's objects are written (`metadata.managedFields`)."""


def _creator(resource: Resource, name: str) -> str:
    own = {"kubernetes": API_SERVER, "coredns": KUBEADM}
    return own.get(name) or CREATED_BY.get(resource, API_SERVER)


class _Builder:
    def __init__(self, store: Store, clock: Clock, randomness: random.Random) -> None:
        self._store, self._clock, self._randomness = store, clock, randomness
        self.now = timestamp(clock.now())

    def create(self, resource: Resource, object: Object) -> Object:
        """Store one object as the API would."""
        complete = {"apiVersion": resource.api_version, "kind": resource.kind, **object}
        with written_by(self._store, _creator(resource, object["metadata"].get("name", "")), subresource=None):
            return self._store.create(resource, admit(self._store, resource, complete, None, self._randomness).object)

    def status(self, resource: Resource, object: Object, status: dict[str, Any]) -> Object:
        """Store a status."""
        with written_by(self._store, KUBELET if resource is PODS else CONTROLLER_MANAGER, subresource=None):
            return self._store.update(resource, {**object, "status": status})

    def create_api_service(self) -> None:
        """The Service `kubernetes`, whose endpoint is the control plane node; hand-written, so no controller's."""
        metadata = {"name": "kubernetes", "namespace": "default"}
        port = {"name": "https", "port": API_PORT, "protocol": "TCP"}
        labels = {"component": "apiserver", "provider": "kubernetes"}
        spec = {"clusterIP": "10.96.0.1", "ports": [port | {"port": 443, "targetPort": API_PORT}]}
        self.create(SERVICES, {"metadata": metadata | {"labels": labels}, "spec": spec})
        address = NODE_ADDRESSES["control-plane"]
        subsets = [{"addresses": [{"ip": address}], "ports": [port]}]
        skip = {"endpointslice.kubernetes.io/skip-mirror": "true"}
        self.create(ENDPOINTS, {"metadata": metadata | {"labels": skip}, "subsets": subsets})
        slice = {
            "metadata": metadata | {"labels": {"kubernetes.io/service-name": "kubernetes"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
            "ports": [port],
        }
        self.create(ENDPOINT_SLICES, slice)

    def create_pool(self) -> None:
        """MetalLB's addresses, announced by every node that may."""
        metadata = {"name": POOL, "namespace": METALLB_SYSTEM}
        spec = {"addresses": [POOL_ADDRESSES], "autoAssign": True, "avoidBuggyIPs": False}
        pool = {"metadata": dict(metadata), "spec": spec}
        count = sum(network.num_addresses for network in networks(pool))
        free = {"assignedIPv4": 0, "assignedIPv6": 0, "availableIPv4": count, "availableIPv6": 0}
        self.create(IP_ADDRESS_POOLS, {**pool, "status": free})
        self.create(L2_ADVERTISEMENTS, {"metadata": dict(metadata), "spec": {"ipAddressPools": [POOL]}})

    def create_dns(self, control_plane: str) -> None:
        """CoreDNS: a Deployment with two Ready Pods on the control plane, behind the Service `kube-dns`."""
        namespace = "kube-system"
        self.create(SERVICE_ACCOUNTS, {"metadata": {"name": "coredns", "namespace": namespace}})
        data = {"Corefile": COREFILE}
        self.create(CONFIG_MAPS, {"metadata": {"name": "coredns", "namespace": namespace}, "data": data})
        metadata = {"name": "coredns", "namespace": namespace, "labels": dict(DNS_LABELS)}
        deployment = self.create(
            DEPLOYMENTS,
            {"metadata": metadata | {"annotations": {REVISION: "1"}}, "spec": _dns_deployment()},
        )
        wished = new_replica_set(deployment, 2, {DESIRED: "2", MAXIMUM: "3", REVISION: "1"})
        wished["metadata"]["ownerReferences"] = [owner_reference(DEPLOYMENTS, deployment)]
        replica_set = self.create(REPLICA_SETS, wished)
        for address in ("10.244.0.2", "10.244.0.3"):
            self._create_dns_pod(replica_set, control_plane, address)
        counts = {"replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "terminatingReplicas": 0}
        counts["observedGeneration"] = 1
        self.status(REPLICA_SETS, replica_set, counts | {"fullyLabeledReplicas": 2})
        name = replica_set["metadata"]["name"]
        since = {"lastTransitionTime": self.now, "lastUpdateTime": self.now, "status": "True"}
        available = {"message": "Deployment has minimum availability.", "reason": "MinimumReplicasAvailable"}
        progress = {"message": f'ReplicaSet "{name}" has successfully progressed.', "reason": "NewReplicaSetAvailable"}
        conditions = [since | available | {"type": "Available"}, since | progress | {"type": "Progressing"}]
        self.status(DEPLOYMENTS, deployment, counts | {"updatedReplicas": 2, "conditions": conditions})
        annotations = {"prometheus.io/port": "9153", "prometheus.io/scrape": "true"}
        service_metadata = {"name": "kube-dns", "namespace": namespace, "labels": dict(DNS_SERVICE_LABELS)}
        spec = {"clusterIP": "10.96.0.10", "ports": DNS_PORTS, "selector": dict(DNS_LABELS)}
        self.create(SERVICES, {"metadata": service_metadata | {"annotations": annotations}, "spec": spec})
        self._create_endpoints((namespace, "kube-dns"))

    def _create_endpoints(self, service: Key) -> None:
        lookup = Lookup(self._store)
        work = Work(self._store, self._clock, self._randomness)
        EndpointSlices(work, lookup).reconcile(service)
        EndpointsKeeper(work, lookup).reconcile(service)
        lookup.close()

    def _create_dns_pod(self, replica_set: Object, control_plane: str, address: str) -> None:
        template, metadata = replica_set["spec"]["template"], replica_set["metadata"]
        pod = self.create(
            PODS,
            {
                "metadata": {
                    "generateName": f"{metadata['name']}-",
                    "namespace": metadata["namespace"],
                    "labels": dict(template["metadata"]["labels"]),
                    "ownerReferences": [owner_reference(REPLICA_SETS, replica_set)],
                },
                "spec": template["spec"] | {"nodeName": control_plane},
            },
        )
        container = pod["spec"]["containers"][0]
        running = new_container_status(container, {"running": {"startedAt": self.now}})
        running |= {"ready": True, "started": True, "imageID": image_id(COREDNS)}
        running["containerID"] = f"containerd://{self._randomness.getrandbits(256):064x}"
        running["resources"] = container["resources"]
        host = NODE_ADDRESSES["control-plane"]
        status = {
            "phase": "Running",
            "hostIP": host,
            "hostIPs": [{"ip": host}],
            "podIP": address,
            "podIPs": [{"ip": address}],
            "startTime": self.now,
            "containerStatuses": [running],
            "qosClass": pod["status"]["qosClass"],
            "observedGeneration": 1,
            "resources": {},
        }
        write_conditions(pod, status, has_network=True, now=self.now)
        self.status(PODS, pod, status)


def _dns_deployment() -> dict[str, Any]:
    ports = [("dns", 53, "UDP"), ("dns-tcp", 53, "TCP"), ("metrics", 9153, "TCP"), ("liveness-probe", 8080, "TCP")]
    ports.append(("readiness-probe", 8181, "TCP"))
    container = {
        "name": "coredns",
        "image": COREDNS,
        "args": ["-conf", "/etc/coredns/Corefile"],
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": name, "containerPort": port, "protocol": protocol} for name, port, protocol in ports],
        "livenessProbe": {
            "httpGet": {"path": "/health", "port": "liveness-probe", "scheme": "HTTP"},
            "initialDelaySeconds": 60,
            "timeoutSeconds": 5,
            "failureThreshold": 5,
        },
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "readiness-probe", "scheme": "HTTP"}},
        "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"mountPath": "/etc/coredns", "name": "config-volume", "readOnly": True}],
    }
    selector = {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": ["kube-dns"]}]}
    term = {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}
    preferred = [{"podAffinityTerm": term, "weight": 100}]
    volume = {"name": "coredns", "items": [{"key": "Corefile", "path": "Corefile"}]}
    pod_spec = {
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}},
        "containers": [container],
        "dnsPolicy": "Default",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "priorityClassName": "system-cluster-critical",
        "serviceAccountName": "coredns",
        "tolerations": [
            {"key": "CriticalAddonsOnly", "operator": "Exists"},
            {"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"},
        ],
        "volumes": [{"name": "config-volume", "configMap": volume}],
    }
    return {
        "replicas": 2,
        "selector": {"matchLabels": dict(DNS_LABELS)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        "template": {"metadata": {"labels": dict(DNS_LABELS)}, "spec": pod_spec},
    }
