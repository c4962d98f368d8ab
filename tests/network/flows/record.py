"""Records the corpus of flows on a real kind cluster: `python -m tests.network.flows.record [STATE…]`.

Needs KUBECONFIG of a kind cluster of its own context, docker, and a running container on the nodes' network
that is not a node and runs `agnhost netexec` (`--outside NAME`). Each state gets two namespaces, which are
removed afterwards. Writes recorded/STATE.json, or recorded/MODE/STATE.json where kube-proxy's mode is not iptables.
"""

import argparse
import json
import os
import re
import secrets
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lightkube.config.kubeconfig import KubeConfig

from servicelab.cluster.rest import Rest
from servicelab.cluster.waiting import wait_in_real_time
from servicelab.network.faults import Faults
from servicelab.network.places import NodePlace, parse_target
from tests.network.differential import asking
from tests.network.flows import building, placeholders
from tests.network.flows.corpus import STATES
from tests.network.flows.faulting import faulty
from tests.network.flows.forwarding import ask_by_port_forward
from tests.network.flows.states import OTHER, State

Json = dict[str, Any]
RECORDED = Path(__file__).parent / "recorded"
TRIES_WHEN_ANSWERED = 24
TRIES_WITHOUT_CHOICE = 4
TRIES_WHEN_REFUSED = 5
TRIES_WHEN_MIXED = 10
MIXED_LIMIT = 2
"""Seconds for each of these tries."""
"""Few: Linux sends one client only some refusals at once (icmp_ratelimit), and the next one a second later."""
FOUR, SIX = "IPAddress", "GlobalIPv6Address"
LIMIT = 4
"""Seconds after which a request counts as not answered."""
KEPT_PARTS = ("apiVersion", "kind", "metadata", "spec", "status", "addressType", "ports", "endpoints", "data")
DROPPED_METADATA = ("managedFields", "annotations", "ownerReferences", "generateName", "finalizers", "generation")
SNAPSHOT = (
    "nodes", "namespaces", "services", "endpointslices", "pods", "networkpolicies.networking.k8s.io",
    "configmaps", "daemonsets.apps",
)  # fmt: skip
AT_ONCE = 6
"""Flows asked side by side; most of the time passes in waiting for answers that do not come."""
NOT_CONNECTED = 7
NOBODY = ("No route to host", "Network is unreachable")
CURL_ENDS = {6: "no_such_name", 28: "timed_out", 52: "reset", 56: "reset"}


def command(*words: str, stdin: str | None = None, check: bool = True) -> str:
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False, timeout=180)
    if check and done.returncode:
        raise RuntimeError(f"{shlex.join(words)}: {done.stderr}")
    return done.stdout + ("" if check else done.stderr)


def kubectl(*words: str, stdin: str | None = None, check: bool = True) -> str:
    return command("kubectl", *words, stdin=stdin, check=check)


def listing(kind: str, *words: str) -> list[Json]:
    return json.loads(kubectl("get", kind, "-o", "json", *words))["items"]


@cache
def address_of(container: str, family: str = FOUR) -> str:
    """A container's address on kind's network."""
    form = f'{{{{(index .NetworkSettings.Networks "kind").{family}}}}}'
    return command("docker", "inspect", "-f", form, container).strip()


class Names(placeholders.Names):
    """What the placeholders of a state stand for, on the cluster of KUBECONFIG."""

    def __init__(self, state: State, outside: str) -> None:
        super().__init__(state, listing("nodes"), address_of(outside) if outside else "")
        self.outside = outside


def build(state: State, names: Names) -> None:
    """Make a state, and wait until kube-proxy and CoreDNS have caught up."""
    config = KubeConfig.from_file(os.environ["KUBECONFIG"]).get()
    assert config is not None
    building.build(Rest(config), wait_in_real_time, [(state, names)])
    settle(names)


def settle(names: Names) -> None:
    """Until the EndpointSlices stay the same for two seconds: kube-proxy and CoreDNS have then caught up."""
    last, since = "", time.monotonic()
    deadline = since + 30
    while time.monotonic() < deadline:
        now = json.dumps([one.get("endpoints") for one in listing("endpointslices", "-n", names.space)])
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > 2:
            return
        time.sleep(0.3)
    raise RuntimeError("the EndpointSlices do not come to rest")


def snapshot(names: Names) -> list[Json]:
    """The objects the model reads, without what it does not look at."""
    spaces = (names.space, names.other)
    found = []
    kinds = [*SNAPSHOT, *(["servicel2statuses"] if metallb() != "none" else [])]
    for one in listing(",".join(kinds), "-A"):
        kind, space = one["kind"], one["metadata"].get("namespace", "")
        told = one.get("status", {}).get("serviceNamespace", "")
        dns = one["metadata"].get("labels", {}).get("k8s-app") == "kube-dns" and space == "kube-system"
        everywhere = kind in ("Service", "EndpointSlice") and space in ("default", "kube-system")
        proxy = kind == "ConfigMap" and (space, one["metadata"]["name"]) == ("kube-system", "kube-proxy")
        known = kind in ("Node", "Namespace", "DaemonSet") or proxy
        if known or (space in spaces and kind != "ConfigMap") or told in spaces or everywhere or dns:
            found.append(one)
    names_kept = {"default", "kube-system", names.space, names.other}
    kept = []
    for one in found:
        if one["kind"] == "Namespace" and one["metadata"]["name"] not in names_kept:
            continue
        if one["kind"] == "Node":
            one["status"] = {key: one["status"][key] for key in ("addresses", "conditions")}
        one["metadata"] = {key: value for key, value in one["metadata"].items() if key not in DROPPED_METADATA}
        kept.append({key: value for key, value in one.items() if key in KEPT_PARTS})
    for one in kept:
        match one["kind"]:
            case "Pod":
                slim(one)
            case "ConfigMap":
                one["data"] = {"config.conf": one["data"]["config.conf"]}
            case "DaemonSet":
                containers = one["spec"]["template"]["spec"]["containers"]
                images = [{"name": each["name"], "image": each["image"]} for each in containers]
                one["spec"] = {"template": {"spec": {"containers": images}}}
                del one["status"]
    return kept


def slim(pod: Json) -> None:
    """Leave out what no model of the network looks at."""
    for container in pod["spec"]["containers"]:
        for key in ("volumeMounts", "imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy"):
            container.pop(key, None)
    for key in ("volumes", "tolerations", "affinity", "topologySpreadConstraints"):
        pod["spec"].pop(key, None)
    for status in pod["status"].get("containerStatuses", ()):
        for key in ("allocatedResources", "containerID", "imageID", "resources", "user", "volumeMounts"):
            status.pop(key, None)


def inside(source: str, names: Names) -> list[str]:
    """The words that run a command at a vantage point."""
    kind, _, name = source.partition("/")
    if kind == "outside":
        return ["docker", "exec", names.outside]
    if kind == "node":
        return ["docker", "exec", names.node_name(name)]
    space = names.other if name.startswith(f"{OTHER}/") else names.space
    return ["kubectl", "exec", "-n", space, name.rpartition("/")[2], "--"]


def ask(source: str, target: str, names: Names, state: State) -> list[tuple[str, str, str]]:
    """One or more requests: (outcome, body of /hostname, body of /clientip)."""
    scheme, _, rest = target.partition("://")
    if source.startswith("forward/"):
        kind, _, name = source.removeprefix("forward/").partition("/")
        return ask_by_port_forward(names.space, f"{kind}/{name}", int(rest.rpartition(":")[2]), read_curl)
    if scheme == "tcp":
        return [ask_tcp(source, rest, names)]
    if scheme == "ping":
        return [ask_ping(source, rest, names)]
    once = ask_udp if scheme == "udp" else ask_http
    first = once(source, rest, 1, names)
    # A refusal costs no time either, and the next Pod may answer. Not for datagrams: Linux refuses only a few a
    # second (icmp_ratelimit), the others would look like silence.
    tries = {
        "answered": TRIES_WHEN_ANSWERED if state.has_choice else TRIES_WITHOUT_CHOICE,
        "refused": TRIES_WHEN_REFUSED if scheme == "http" and state.has_choice else 0,
        "timed_out": TRIES_WHEN_MIXED if scheme == "http" and state.mixed else 0,
    }
    more = tries.get(first[0][0], 0)
    if not more:
        return first
    limit = MIXED_LIMIT if first[0][0] == "timed_out" else LIMIT
    return first + (
        ask_http(source, rest, more, names, limit) if scheme == "http" else ask_udp(source, rest, more, names)
    )


def ask_http(source: str, address: str, tries: int, names: Names, limit: int = LIMIT) -> list[tuple[str, str, str]]:
    # Two URLs of one host share a connection, so both bodies come from the same Pod.
    curl = (
        f"curl -sS --fail-early --connect-timeout {limit} -m {2 * limit} -w '\\n' {address}/hostname {address}/clientip"
    )
    # curl gives one number to a refusal and to a host that nobody answers for; -v tells them apart.
    words = f"curl -sv --connect-timeout {2 * LIMIT} {address} 2>&1 | grep -oE '{'|'.join(NOBODY)}'"
    # A moment after each refusal, or Linux would leave the next ones out.
    loop = f"for i in $(seq {tries}); do {curl} 2>&1; [ $? = {NOT_CONNECTED} ] && bad=1 && sleep 1; done"
    return read_curl(command(*inside(source, names), "sh", "-c", f"{loop}; [ $bad ] && {words}", check=False))


def read_curl(text: str) -> list[tuple[str, str, str]]:
    """What a series of curls wrote: two lines for an answer, one for a failure."""
    found = []
    ends = {**CURL_ENDS, NOT_CONNECTED: "timed_out" if any(one in text for one in NOBODY) else "refused"}
    lines = [line for line in text.splitlines() if line.strip() and line not in NOBODY]
    lines = [line for line in lines if "command terminated" not in line]
    while lines:
        if lines[0].startswith("curl: ("):
            number = int(lines[0].split("(")[1].split(")")[0])
            found.append((ends[number], "", ""))
            lines = lines[1:]
        else:
            found.append(("answered", lines[0], lines[1]))
            lines = lines[2:]
    return found


def ask_status(source: str, url: str, names: Names) -> Json:
    """One request whose HTTP status and body are the answer, where there is one."""
    curl = ["curl", "-s", "-m", str(LIMIT), "-w", "\n%{http_code} %{exitcode}", url]
    body, _, codes = (
        command(*inside(source, names), *curl, check=False)
        .strip()
        .partition("command terminated")[0]
        .strip()
        .rpartition("\n")
    )
    status, code = map(int, codes.split())
    if code:
        return {"outcomes": [{**CURL_ENDS, NOT_CONNECTED: "refused"}[code]]}
    return {"outcomes": ["answered"], "status": status, "body": body}


def ask_udp(source: str, address: str, tries: int, names: Names) -> list[tuple[str, str, str]]:
    host, port = host_and_port(address)
    if source.startswith("node/"):
        return ask_udp_on_node(source, address, names)
    own = 8080
    if source.startswith("pod/hc"):
        own = 9125
    found: list[tuple[str, str, str]] = []
    for request in ("hostname", "clientip"):
        # Each try of /dial is a datagram from a socket of its own.
        url = f"http://127.0.0.1:{own}/dial?host={quote(host)}&port={port}&protocol=udp&request={request}&tries={tries}"
        answer = command(*inside(source, names), "curl", "-sS", "-m", "150", url, check=False)
        if "no such host" in answer:
            return [("no_such_name", "", "")]
        bodies = json.loads(answer)
        for body in bodies.get("responses", []):
            found.append(("answered", body, "") if request == "hostname" else ("answered", "", body))
        found += [("refused" if "refused" in error else "timed_out", "", "") for error in bodies.get("errors", [])]
        if tries == 1 and found[-1][0] == "timed_out":
            break
    return found


def host_and_port(text: str) -> tuple[str, str]:
    """The parts of `HOST:PORT`; an address of IPv6 stands in brackets."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), port


def ask_udp_on_node(source: str, address: str, names: Names) -> list[tuple[str, str, str]]:
    """Nodes have no agnhost: bash sends, and says how it went."""
    node, target = NodePlace(names.node_name(source.removeprefix("node/"))), parse_target(f"udp://{address}")
    mark = secrets.token_hex(8)
    text = command(*inside(source, names), *asking.words_for(node, [target], mark), check=False)
    return [(str(one.outcome), one.hostname, one.client) for one in asking.read([target], mark, text)[0]]


def ask_ping(source: str, address: str, names: Names) -> tuple[str, str, str]:
    if source.startswith("node/"):
        raise RuntimeError("nodes have no ping")
    text = command(*inside(source, names), "ping", "-c", "1", "-W", str(LIMIT), address.strip("[]"), check=False)
    if "bad address" in text:
        return ("no_such_name", "", "")
    if any(one in text for one in NOBODY):
        return ("timed_out", "", "")
    if "packets transmitted" not in text:
        raise RuntimeError(f"ping from {source}: {text}")
    return ("answered" if " 0% packet loss" in text else "refused" if "nreachable" in text else "timed_out", "", "")


def ask_tcp(source: str, address: str, names: Names) -> tuple[str, str, str]:
    host, port = host_and_port(address)
    if source.startswith("node/"):
        script = f"exec 3<>/dev/tcp/{host}/{port}"
        text = command(
            *inside(source, names), "timeout", str(LIMIT), "bash", "-c", f"{script} && echo open", check=False
        )
        if "open" in text:
            return ("answered", "", "")
        return ("refused" if "refused" in text else "timed_out", "", "")
    text = command(*inside(source, names), "/agnhost", "connect", address, f"--timeout={LIMIT}s", check=False)
    text = text.replace("command terminated with exit code 1", "").strip()
    words = {"": "answered", "REFUSED": "refused", "TIMEOUT": "timed_out", "DNS": "no_such_name"}
    return (words[text.split(":")[0]], "", "")


def seen_kind(body: str, names: Names, outside: str) -> str:
    """A source address as what it is: a Pod, a node, a node's address on the Pods' network, the client outside."""
    address, _ = host_and_port(body)
    if not address:
        return ""
    for index, node in names.nodes.items():
        if address in [one["address"] for one in node["status"]["addresses"]]:
            return f"node {node['metadata']['name']}"
        if address == names.fill(f"{{gateway:{index}}}"):
            return f"gateway {node['metadata']['name']}"
    for pod in names.all_pods:
        if pod["status"].get("podIP") == address:
            return f"pod {pod['metadata']['namespace']}/{pod['metadata']['name']}"
    known = {outside: "outside", address_of(names.outside, SIX): "outside", "127.0.0.1": "loopback", "::1": "loopback"}
    return known.get(address, f"unknown {address}")


def record(state: State, outside: str, versions: Json) -> int:
    names = Names(state, outside)
    address = names.outside_address
    try:
        build(state, names)
        objects = snapshot(names)
        hosts = {
            hostname(one): f"{one['metadata']['namespace']}/{one['metadata']['name']}"
            for one in objects
            if one["kind"] == "Pod" and "k8s-app" not in str(one["metadata"].get("labels"))
        }
        faults = Faults.from_json(placeholders.fill_all(state.faults, names))
        # Side by side only from different places: refusals to one client are limited.
        by_source: dict[str, list[str]] = {}
        for text in state.flows:
            by_source.setdefault(text.partition(" -> ")[0], []).append(text)
        with faulty(faults, list(names.nodes.values()), command), ThreadPoolExecutor(AT_ONCE) as pool:
            asked = pool.map(
                lambda texts: [ask_flow(state, one, names, hosts, address) for one in texts], by_source.values()
            )
            flows = [flow for some in asked for flow in some]
            after = [one.get("endpoints") for one in snapshot(names) if one["kind"] == "EndpointSlice"]
        if after != [one.get("endpoints") for one in objects if one["kind"] == "EndpointSlice"]:
            raise RuntimeError(f"{state.name}: the endpoints changed while the flows were asked; record again")
        whole = {
            **({"faults": faults.to_json()} if faults else {}),
            "about": state.about,
            "recorded_on": versions_for(state, versions),
            "outside_address": address,
            "outside_ipv6": address_of(outside, SIX),
            "objects": objects,
            "flows": flows,
        }
        folder = RECORDED / ("" if versions["proxy_mode"] == "iptables" else versions["proxy_mode"])
        folder.mkdir(exist_ok=True)
        (folder / f"{state.name}.json").write_text(written(whole))
        return len(flows)
    finally:
        kubectl("delete", "namespace", names.space, names.other, "--wait=false", check=False)
        kubectl("delete", "pod", "--all", "-n", names.space, "--grace-period=1", "--wait=false", check=False)


def ask_flow(state: State, text: str, names: Names, hosts: Json, outside: str) -> Json:
    """Ask one flow and say what came of it."""
    source, _, target = text.partition(" -> ")
    filled = names.fill(target)
    flow: Json = {"source": placeholders.place_of(source, names), "target": filled}
    if "{health:" in target:
        flow |= {**ask_status(source, filled, names), "by": [], "seen_source": [], "tries": 1}
    else:
        requests = ask(source, filled, names, state)
        flow |= {
            "outcomes": sorted({one[0] for one in requests}),
            "by": sorted({hosts.get(one[1], one[1]) for one in requests if one[1]}),
            "seen_source": sorted({seen_kind(one[2], names, outside) for one in requests if ":" in one[2]}),
            "tries": len(requests),
        }
    if source in state.sticky:
        flow["sticky"] = True
    said = flow.get("status", f"{flow['by']} {flow['seen_source']}")
    print(f"{state.name}: {text}: {flow['outcomes']} {said}", flush=True)
    return flow


def written(whole: Json) -> str:
    """JSON with one object and one flow a line."""
    parts = []
    for key, value in sorted(whole.items()):
        if isinstance(value, list):
            lines = ",\n".join(f"  {json.dumps(one, sort_keys=True)}" for one in value)
            parts.append(f' "{key}": [\n{lines}\n ]')
        else:
            parts.append(f' "{key}": {json.dumps(value, sort_keys=True)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def hostname(pod: Json) -> str:
    spec = pod["spec"]
    return spec["nodeName"] if spec.get("hostNetwork") else spec.get("hostname", pod["metadata"]["name"])


def versions_for(state: State, versions: Json) -> Json:
    """Who would have enforced policies, and whether there were any."""
    any_policy = any(one["kind"] == "NetworkPolicy" for one in state.objects)
    return {**versions, "policies": versions["policies"] + ("" if any_policy else ", none applied")}


def versions() -> Json:
    mode = kubectl("get", "configmap", "kube-proxy", "-n", "kube-system", "-o", "jsonpath={.data.config\\.conf}")
    version = json.loads(kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
    felix = "calico-felix" in kubectl("get", "daemonsets", "-n", "kube-system", "-o", "name")
    return {
        "kubernetes": version,
        "proxy_mode": re.search(r"^mode: (\w+)", mode, re.MULTILINE)[1],  # type: ignore[index]
        "policies": "Calico Felix 3.28" if felix else "kindnet",
        "load_balancer": metallb(),
    }


def metallb() -> str:
    images = kubectl("get", "daemonsets", "-A", "-o", "jsonpath={.items[*].spec.template.spec.containers[*].image}")
    found = re.search(r"metallb/speaker:v([\d.]+)", images)
    return f"MetalLB {found[1]}, layer 2" if found else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("states", nargs="*", help="names of states; all when none is given")
    parser.add_argument("--outside", default="flows-outside", help="the container outside the cluster")
    options = parser.parse_args()
    chosen = [one for one in STATES if (one.name in options.states if options.states else not one.needs)]
    made_on = versions()
    total = sum(record(state, options.outside, made_on) for state in chosen)
    print(f"{total} flows in {len(chosen)} states")


if __name__ == "__main__":
    main()
