"""What the `{…}` of a state's objects and flows stand for on a certain cluster."""

import re
from typing import Any

from tests.network.flows.states import OTHER, State

Json = dict[str, Any]


class Names:
    """The names and addresses of one state on one cluster. Those of Pods and Services come with `learn`."""

    def __init__(self, state: State, nodes: list[Json], outside_address: str) -> None:
        self.space, self.other = f"flow-{state.name}", f"flow-{state.name}-other"
        workers = [one for one in nodes if "control-plane" not in str(one["metadata"]["labels"])]
        control = [one for one in nodes if one not in workers]
        self.nodes = {str(index): one for index, one in enumerate([control[0], *workers[:2]])}
        self.outside_address = outside_address
        self.deployments = [one["metadata"]["name"] for one in state.objects if one["kind"] == "Deployment"]
        self.all_pods: list[Json] = []
        self.pods: dict[str, Json] = {}
        self.services: dict[str, Json] = {}

    def learn(self, pods: list[Json], services: list[Json]) -> None:
        """Take what is in the state's two namespaces; others' objects are passed over."""
        spaces = (self.space, self.other)
        self.all_pods = [one for one in pods if one["metadata"]["namespace"] in spaces]
        self.pods = {
            one["metadata"]["name"]: one for one in self.all_pods if one["metadata"]["namespace"] == self.space
        }
        for deployment in self.deployments:
            made = sorted(name for name in self.pods if name.startswith(f"{deployment}-"))
            self.pods |= {f"{deployment}/{index}": self.pods[name] for index, name in enumerate(made)}
        self.services = {one["metadata"]["name"]: one for one in services if one["metadata"]["namespace"] == self.space}

    def node_name(self, index: str) -> str:
        return self.nodes[index]["metadata"]["name"]

    def fill(self, text: str) -> str:
        return re.sub(r"(?<!%)\{([\w:/-]+)\}", lambda found: self._value(found[1]), text)

    def _value(self, key: str) -> str:
        kind, _, name = key.partition(":")
        match kind:
            case "ns":
                return self.space
            case "outside":
                return self.outside_address
            case "node-name":
                return self.node_name(name)
            case "node":
                addresses = self.nodes[name]["status"]["addresses"]
                return next(one["address"] for one in addresses if one["type"] == "InternalIP")
            case "node6":
                found = self.nodes[name]["status"]["addresses"]
                return next(one["address"] for one in found if ":" in one["address"])
            case "svc6":
                return next(ip for ip in self.services[name]["spec"]["clusterIPs"] if ":" in ip)
            case "gateway":
                return self._in_range_of(name, 1)
            case "nobody":
                return self._in_range_of(name, 251)
            case "range":
                return self.nodes[name]["spec"]["podCIDR"]
            case "svc" if name == "nobody":
                return "10.96.255.251"
            case "svc":
                return self.services[name]["spec"]["clusterIP"]
            case "lb":
                return self.services[name]["status"]["loadBalancer"]["ingress"][0]["ip"]
            case "health":
                return str(self.services[name]["spec"]["healthCheckNodePort"])
            case "port":
                service, _, index = name.partition("/")
                return str(self.services[service]["spec"]["ports"][int(index)]["nodePort"])
        return self.pods[key]["status"]["podIP"]

    def _in_range_of(self, node: str, last: int) -> str:
        """An address of a node's Pod network by its last number."""
        return f"{self.nodes[node]['spec']['podCIDR'].rpartition('.')[0]}.{last}"


def fill_all(value: Any, names: Names) -> Any:
    """A copy of an object with all its placeholders filled."""
    if isinstance(value, str):
        return names.fill(value)
    if isinstance(value, list):
        return [fill_all(one, names) for one in value]
    if isinstance(value, dict):
        return {names.fill(key): fill_all(one, names) for key, one in value.items()}
    return value


def in_its_namespace(object_: Json, names: Names) -> Json:
    """The object filled, in the real namespace that its `namespace` (empty or OTHER) stands for."""
    filled: Json = fill_all(object_, names)
    filled["metadata"]["namespace"] = names.other if object_["metadata"].get("namespace") == OTHER else names.space
    return filled


def place_of(source: str, names: Names) -> str:
    """A flow's source as `parse_place` reads it."""
    kind, _, name = source.partition("/")
    if kind == "node":
        return f"node/{names.node_name(name)}"
    if kind == "forward":
        kind, _, name = name.partition("/")
        return f"forward/{kind}/{names.space}/{name}"
    if kind == "pod":
        space = names.other if name.startswith(f"{OTHER}/") else names.space
        return f"pod/{space}/{name.rpartition('/')[2]}"
    return source
