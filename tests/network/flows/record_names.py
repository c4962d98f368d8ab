"""Records CoreDNS's answers on a real kind cluster: `python -m tests.network.flows.record_names`.

Needs KUBECONFIG of a kind cluster. Writes names.json beside the recorded flows.
"""

import json
import re
from pathlib import Path

from tests.network.flows import record
from tests.network.flows.states import State, clients, no_selector, pod, service

FILE = Path(__file__).parent / "names.json"
STATE = State(
    "names",
    "Services of every kind that has a name",
    [
        pod("a", 1, hostname="first", subdomain="pods"),
        pod("b", 2, hostname="second", subdomain="pods"),
        pod("u", 2, ready=False, labels={"app": "slow"}),
        *clients(),
        service("web", "80:8080"),
        service("multi", "http=80:8080", "udp=81:8081/UDP"),
        service("none", "80:8080", selector={"app": "nobody"}),
        service("pods", "http=80:8080", clusterIP="None"),
        service("slow", "http=8080", clusterIP="None", selector={"app": "slow"}),
        service("early", "http=8080", clusterIP="None", selector={"app": "slow"}, publishNotReadyAddresses=True),
        service("portless", clusterIP="None"),
        service("nobody", "80", clusterIP="None", selector={"app": "nobody"}),
        no_selector("alias", type="ExternalName", externalName="web.{ns}.svc.cluster.local"),
        no_selector("chain", type="ExternalName", externalName="alias.{ns}.svc.cluster.local"),
        no_selector("heads", type="ExternalName", externalName="pods.{ns}.svc.cluster.local"),
        no_selector("away", type="ExternalName", externalName="example.com"),
        no_selector("gone", type="ExternalName", externalName="gone2.{ns}.svc.cluster.local"),
        no_selector("address", type="ExternalName", externalName="10.96.0.1"),
        no_selector("node", type="ExternalName", externalName="{node-name:1}"),
        no_selector("dot", type="ExternalName", externalName="web.{ns}.svc.cluster.local."),
    ],
    [],
    never_ready=("u",),
)
IN_ZONE = """
web multi none pods slow early portless nobody alias chain heads away gone address node dot nothere WEB
_http._tcp.multi _udp._udp.multi _http._udp.multi _nope._tcp.multi _http._tcp.pods _http._tcp.slow
_http._tcp.early _http._tcp.nothere first.pods second.pods third.pods a.pods first.web x.web x.y.web x.pods.y
{dash:a}.pods {dash:u}.early {dash:u}.slow {dash:a}.web _.web _http.multi _tcp.multi x.alias _http._tcp.alias
"""
QUERIES = [
    *(
        f"{type_} {name}.{{ns}}.svc.cluster.local"
        for name in IN_ZONE.split()
        for type_ in ("A", "AAAA", "SRV", "CNAME")
    ),
    *(f"{type_} {name}" for type_ in ("A", "SRV") for name in ("{ns}.svc.cluster.local", "svc.cluster.local")),
    "A cluster.local",
    "A x.cluster.local",
    "A nons.svc.cluster.local",
    "A web.nons.svc.cluster.local",
    "A web.{ns}.cluster.local",
    "A web.{ns}",
    "A web",
    "A {dash:a}.{ns}.pod.cluster.local",
    "AAAA {dash:a}.{ns}.pod.cluster.local",
    "A 10-244-9-9.{ns}.pod.cluster.local",
    "A 10-244-9-9.nons.pod.cluster.local",
    "A web.{ns}.pod.cluster.local",
    "A x.{dash:a}.{ns}.pod.cluster.local",
    "A {ns}.pod.cluster.local",
    "A nons.pod.cluster.local",
    "A pod.cluster.local",
    "TXT dns-version.cluster.local",
    "A dns-version.cluster.local",
    "A kubernetes.default.svc.cluster.local",
    "SRV _https._tcp.kubernetes.default.svc.cluster.local",
    "A kube-dns.kube-system.svc.cluster.local",
    "SRV _dns._udp.kube-dns.kube-system.svc.cluster.local",
    "A {node-name:0}",
    "AAAA nosuchnode",
    "A example.com",
    "A localhost",
    "PTR {ptr-svc:web}",
    "PTR {ptr:a}",
    "PTR {ptr:u}",
    "PTR 251.1.244.10.in-addr.arpa",
    "PTR 1.0.96.10.in-addr.arpa",
    "PTR 251.255.96.10.in-addr.arpa",
    "TXT web.{ns}.svc.cluster.local",
]


def backwards(address: str) -> str:
    return ".".join(reversed(address.split("."))) + ".in-addr.arpa"


def fill(text: str, names: record.Names) -> str:
    text = re.sub(r"\{dash:(\w+)\}", lambda found: names.fill(f"{{{found[1]}}}").replace(".", "-"), text)
    text = re.sub(r"\{ptr:(\w+)\}", lambda found: backwards(names.fill(f"{{{found[1]}}}")), text)
    text = re.sub(r"\{ptr-svc:(\w+)\}", lambda found: backwards(names.fill(f"{{svc:{found[1]}}}")), text)
    return names.fill(text)


def records(section: str) -> list[list[str]]:
    found = (line.split(None, 4) for line in section.splitlines() if line and not line.startswith(";"))
    return sorted([name.rstrip("."), type_, value] for name, _, _, type_, value in found)


def main() -> None:
    names = record.Names(STATE, "")
    try:
        record.build(STATE, names)
        asked = [fill(one, names) for one in QUERIES]
        options = "+noall +comments +answer +nocookie"
        script = "".join(f"echo '== {one}'; dig {options} {one.split()[1]} {one.split()[0]}\n" for one in asked)
        text = record.kubectl("exec", "-i", "-n", names.space, "c1", "--", "sh", stdin=script)
        answers = []
        for part in text.split("== ")[1:]:
            head, _, rest = part.partition("\n")
            type_, name = head.split()
            answers.append(
                {
                    "name": name,
                    "type": type_,
                    "status": re.search(r"status: (\w+)", rest)[1],  # type: ignore[index]
                    "authoritative": " aa " in re.search(r"flags: ([\w ]+)", rest)[1] + " ",  # type: ignore[index]
                    "records": records(rest),
                }
            )
        whole = {"recorded_on": record.versions(), "objects": record.snapshot(names), "answers": answers}
        FILE.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n")
        print(f"{len(answers)} answers")
    finally:
        record.kubectl("delete", "namespace", names.space, names.other, "--wait=false", check=False)


if __name__ == "__main__":
    main()
