"""How kube-proxy is set up, read from the ConfigMap that kubeadm (and so kind) gives it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from servicelab.network.families import first_of
from servicelab.network.objects import Json

MODELLED = ("iptables", "nftables")
DEFAULT_MODE = "iptables"
"""kube-proxy's own on Linux when the ConfigMap names none."""
CLUSTER_CIDR = "10.244.0.0/16"
"""The Pods' range that kind gives it."""


@dataclass(frozen=True, slots=True)
class ProxyConfiguration:
    """`mode`: iptables, nftables or ipvs; `cluster_cidr`: the range of IPv4 by which it knows Pods."""

    mode: str = DEFAULT_MODE
    cluster_cidr: str = CLUSTER_CIDR


def proxy_configuration(config_maps: Iterable[Json]) -> ProxyConfiguration:
    """What ConfigMap kube-system/kube-proxy says; without it kube-proxy's defaults."""
    for one in config_maps:
        metadata = one["metadata"]
        if (metadata.get("namespace"), metadata["name"]) == ("kube-system", "kube-proxy"):
            return _read((one.get("data") or {}).get("config.conf", ""))
    return ProxyConfiguration()


@lru_cache(maxsize=8)
def _read(text: str) -> ProxyConfiguration:
    # Only a cluster that gives its ConfigMap needs the YAML reader.
    import yaml

    read = yaml.safe_load(text)
    told = read if isinstance(read, dict) else {}
    ranges = (told.get("clusterCIDR") or CLUSTER_CIDR).split(",")
    return ProxyConfiguration(told.get("mode") or DEFAULT_MODE, first_of(ranges, six=False) or CLUSTER_CIDR)
