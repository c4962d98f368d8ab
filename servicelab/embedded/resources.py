"""The kinds the embedded cluster has, and where each stands in the API."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """One kind: `group` is empty for the core API; `plural` is its name in paths and store keys."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """As `apiVersion` spells it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`deployments.apps`, or `pods` in the core group: the store's key for the kind."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


NAMESPACES = Resource("", "v1", "Namespace", "namespaces", "namespace", False, ("ns",), (), ("status", "finalize"))
NODES = Resource("", "v1", "Node", "nodes", "node", False, ("no",), (), ("status",))
PODS = Resource(
    "",
    "v1",
    "Pod",
    "pods",
    "pod",
    True,
    ("po",),
    ("all",),
    ("status", "log", "exec", "attach", "portforward", "proxy", "eviction"),
)
SERVICES = Resource("", "v1", "Service", "services", "service", True, ("svc",), ("all",), ("status", "proxy"))
ENDPOINTS = Resource("", "v1", "Endpoints", "endpoints", "endpoints", True, ("ep",))
EVENTS = Resource("", "v1", "Event", "events", "event", True, ("ev",))
CONFIG_MAPS = Resource("", "v1", "ConfigMap", "configmaps", "configmap", True, ("cm",))
SERVICE_ACCOUNTS = Resource("", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", True, ("sa",))
DEPLOYMENTS = Resource(
    "apps", "v1", "Deployment", "deployments", "deployment", True, ("deploy",), ("all",), ("status", "scale")
)
REPLICA_SETS = Resource(
    "apps", "v1", "ReplicaSet", "replicasets", "replicaset", True, ("rs",), ("all",), ("status", "scale")
)
ENDPOINT_SLICES = Resource("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "endpointslice", True)

STATEFUL_SETS = Resource(
    "apps", "v1", "StatefulSet", "statefulsets", "statefulset", True, ("sts",), ("all",), ("status", "scale")
)
DAEMON_SETS = Resource("apps", "v1", "DaemonSet", "daemonsets", "daemonset", True, ("ds",), ("all",), ("status",))
CONTROLLER_REVISIONS = Resource("apps", "v1", "ControllerRevision", "controllerrevisions", "controllerrevision", True)
JOBS = Resource("batch", "v1", "Job", "jobs", "job", True, (), ("all",), ("status",))
SECRETS = Resource("", "v1", "Secret", "secrets", "secret", True)
LEASES = Resource("coordination.k8s.io", "v1", "Lease", "leases", "lease", True)
NETWORK_POLICIES = Resource(
    "networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", True, ("netpol",)
)
IP_ADDRESSES = Resource("networking.k8s.io", "v1", "IPAddress", "ipaddresses", "ipaddress", False, ("ip",))
SERVICE_CIDRS = Resource(
    "networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", "servicecidr", False, (), (), ("status",)
)
POD_DISRUPTION_BUDGETS = Resource(
    "policy",
    "v1",
    "PodDisruptionBudget",
    "poddisruptionbudgets",
    "poddisruptionbudget",
    True,
    ("pdb",),
    (),
    ("status",),
)
CUSTOM_RESOURCE_DEFINITIONS = Resource(
    "apiextensions.k8s.io",
    "v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    "customresourcedefinition",
    False,
    ("crd", "crds"),
    ("api-extensions",),
    ("status",),
)
IP_ADDRESS_POOLS = Resource(
    "metallb.io", "v1beta1", "IPAddressPool", "ipaddresspools", "ipaddresspool", True, (), (), ("status",)
)
L2_ADVERTISEMENTS = Resource(
    "metallb.io", "v1beta1", "L2Advertisement", "l2advertisements", "l2advertisement", True, (), (), ("status",)
)

RESOURCES: tuple[Resource, ...] = (
    NAMESPACES,
    NODES,
    PODS,
    SERVICES,
    ENDPOINTS,
    EVENTS,
    CONFIG_MAPS,
    SECRETS,
    SERVICE_ACCOUNTS,
    DEPLOYMENTS,
    REPLICA_SETS,
    STATEFUL_SETS,
    DAEMON_SETS,
    CONTROLLER_REVISIONS,
    JOBS,
    LEASES,
    NETWORK_POLICIES,
    IP_ADDRESSES,
    SERVICE_CIDRS,
    POD_DISRUPTION_BUDGETS,
    ENDPOINT_SLICES,
    CUSTOM_RESOURCE_DEFINITIONS,
    IP_ADDRESS_POOLS,
    L2_ADVERTISEMENTS,
)
CUSTOM = (IP_ADDRESS_POOLS, L2_ADVERTISEMENTS)
"""Kinds that a CustomResourceDefinition defines: MetalLB's. They have a schema, and no Go type."""
STOPPED_NODES = Resource("servicelab", "v1", "StoppedNode", "stoppednodes", "stoppednode", False)
"""Nodes whose machines are stopped (see controllers/node_power.py): kept in the store, and no part of any API."""
LABORATORY = Resource("servicelab", "v1", "LaboratorySetting", "laboratorysettings", "laboratorysetting", False)
"""What was set below Kubernetes (see controllers/laboratory_settings.py); likewise no part of any API."""
KEPT: tuple[Resource, ...] = (*RESOURCES, STOPPED_NODES, LABORATORY)
"""All that the store keeps."""
