"""Records what commands print in a real agnhost Pod: `python -m tests.embedded.programs.commands.record`.

Needs KUBECONFIG of a kind cluster and docker. Writes recorded.json: the objects of the cluster, and for every
command its output and exit code.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.network.flows import record as flows
from tests.network.flows.states import OTHER, State, client, no_selector, pod, service

RECORDED = Path(__file__).parent / "recorded.json"
STATE = State(
    "commands",
    "one Pod behind a few Services, and a client",
    [
        service("web", "80:8080"),
        service("np", "http=80:8080", "udp=81:8081/UDP", type="NodePort"),
        service("none", "80:8080", selector={"app": "nobody"}),
        service("pods", "http=80:8080", clusterIP="None"),
        no_selector("alias", type="ExternalName", externalName="web.{ns}.svc.cluster.local"),
        no_selector("away", type="ExternalName", externalName="example.com"),
        pod("a", 1),
        client("c1", 1),
        client("far", 2, OTHER),
    ],
    [],
)
SHELL = [
    'echo "a  b" $HOME ${X:-y}',
    "x=1; while [ $x -le 3 ]; do echo $x; x=$((x+1)); done",
    "if curl -s -m 1 http://web/hostname >/dev/null; then echo ok; else echo no; fi",
    "if curl -s -m 1 http://none >/dev/null; then echo ok; else echo no; fi",
    "echo a >&2; echo b",
    "cat /nope; echo $?",
    "seq 3 | wc -l",
    "seq 1 2 7",
    "seq -s , 3",
    "head -n 2 /etc/hosts",
    'echo -n x; echo -e "a\\tb"',
    'printf "%s-%d\\n" a 3 b 4',
    "sort -u /etc/hosts | tail -2",
    "grep -c local /etc/hosts",
    "grep -n local /etc/hosts | cut -d: -f1",
    "hostname -i; hostname -f; hostname -s; hostname -d",
    "echo `hostname`",
    "test -f /etc/hosts && echo yes",
    "for i in 1 2 3; do echo $i; done | tail -n 1",
    "echo $1 $# $0",
    'unterminated "',
    "if",
    "for i in 1 2",
    "echo )",
    "echo a | grep b; echo $?",
    "curl -s http://web/hostname > /tmp/x; cat /tmp/x; rm -f /tmp/x",
    "wc -l < /etc/hosts",
    "wc /etc/hosts",
    "echo hi > /nope/x; echo $?",
    "cut -d. -f1 /etc/resolv.conf",
    "printf 'b\\na\\nb\\n' | sort | uniq -c | sort -rn",
    "for i in $(seq 5); do curl -s http://web/hostname; echo; done | sort | uniq -c",
    "curl -s http://web/hostname; echo; curl -s http://np/hostname",
    'x=$(curl -s http://web/hostname) && echo "got $x"',
    "(echo one; false) && echo two || echo three",
    "echo a; exit 4; echo b",
    "set -e; false; echo never",
    'a=\'1 2\'; for i in $a "$a"; do echo "[$i]"; done',
    "echo hostname | tr a-z A-Z",
    "[ 1 -lt 2 ] && [ a != b ] && echo fine",
    "[ a -lt 2 ]; echo $?",
    "echo $((2 + 3 * 4)) $((7 / 2)) $((7 % 2)) $((1 == 1))",
    "printf 'GET /hostname HTTP/1.0\\r\\n\\r\\n' | nc -w 2 web 80 | tail -n 1",
    "nc -w 2 none 80 </dev/null; echo $?",
    "nc -w 2 nope 80 </dev/null; echo $?",
    "nc -w 2 web 81 </dev/null; echo $?",
    "nc -w 2 web 80 </dev/null; echo $?",
    "wget -qO- http://none/; echo $?",
    "timeout 1 sleep 5; echo $?",
    "sleep 1 && echo done",
    "tail -n +2 /etc/resolv.conf",
    "tail -1 /etc/hosts | tr '\\t' ' '",
]
DIRECT = [
    "curl -s http://web/hostname",
    "curl http://web/hostname",
    "curl -sS -m 2 http://web:81/",
    "curl --connect-timeout 1 -sS http://web:81/",
    "curl --connect-timeout 1 -m 5 -sS http://web:81/",
    "curl --connect-timeout 5 -m 1 -sS http://web:81/",
    "curl -sS -m 2 http://none/",
    "curl -sS http://nope/",
    "curl http://none/",
    "curl -m 1 http://web:81/",
    "curl http://nope/",
    "curl -s http://nope/",
    "curl -sS http://away/",
    "curl -sS http://alias/hostname",
    "curl -s -o /dev/null -w %{http_code}\\n http://web/",
    "curl -s -o /dev/null -w %{http_code}:%{remote_ip}:%{remote_port}:%{exitcode}\\n http://none/",
    "curl -s -i http://web/hostname",
    "curl -s -I http://web/hostname",
    "curl -sI http://web/echo?code=404",
    "curl -sv http://web/hostname",
    "curl -sv http://none/",
    "curl -sv -m 1 http://web:81/",
    "curl -sv http://nope/",
    "curl -sf http://web/echo?code=404",
    "curl -sSf http://web/echo?code=404",
    "curl -s -w %{http_code} http://web/echo?code=503&msg=hello",
    "curl -s http://web/echo?msg=hi",
    "curl -s http://web/echo?msg=hi&code=9",
    "curl -s -X POST -d a=b http://web/echo?msg=x",
    "curl -s -H Host:shop.example http://web/header?key=Accept",
    "curl -s http://web/header",
    "curl -si http://web/redirect?location=/hostname",
    "curl -sL http://web/redirect?location=/hostname",
    "curl -s http://web/serverport",
    "curl -si http://web/healthz",
    "curl -si http://web/readyz",
    "curl -s http://web/clientip",
    "curl -s http://web/nothing-here",
    "curl -s http://web/shell?cmd=hostname",
    "curl -s http://web/shell?cmd=false",
    "curl -s http://web/shell?cmd=cat+/nope",
    "curl -s http://web/dial?host=web&port=80&request=hostname&tries=2",
    "curl -s http://web/dial?host=none&port=80&request=hostname",
    "curl -s http://web/dial?host=np&port=81&request=hostname&protocol=udp",
    "curl -s http://web/dial?host=np&port=81&request=echo+hi&protocol=udp",
    "curl -s http://web/dial?host=np&port=81&request=serverport&protocol=udp",
    "curl -si http://web/dial",
    "curl -s http://web/dial?host=nope&port=80&request=hostname",
    "curl -s web/hostname web/hostname",
    "curl -sS ftp://web/",
    "curl -sS nosuch://web/",
    "curl -sS http://web:99999/",
    "curl --nope",
    "curl",
    "curl -m",
    "curl -sm 2 http://web:81",
    "curl -sS -m x http://web",
    "wget -qO- http://web/hostname",
    "wget -O- http://web/hostname",
    "wget -qO- http://none/",
    "wget -O- http://none/",
    "wget -qO- http://nope/",
    "wget -qO- http://web/echo?code=404",
    "wget -S -qO- http://web/hostname",
    "wget -q --spider http://web/hostname",
    "wget --spider http://web/hostname",
    "nslookup web",
    "nslookup nope",
    "nslookup web.{ns}",
    "nslookup web.{ns}.svc.cluster.local",
    "nslookup pods",
    "nslookup alias",
    "nslookup away",
    "nslookup none",
    "nslookup {svc:web}",
    "nslookup {a}",
    "nslookup 10.244.77.77",
    "nslookup kubernetes.default",
    "nslookup -type=srv _http._tcp.np.{ns}.svc.cluster.local",
    "nslookup -type=a web",
    "nslookup -type=aaaa web",
    "nslookup -type=cname alias",
    "nslookup -type=srv nope",
    "nslookup {ns}.svc.cluster.local",
    "nslookup web 10.96.0.10",
    "dig +short web",
    "dig +short +search web",
    "dig +short web.{ns}.svc.cluster.local",
    "dig +search web",
    "dig nope",
    "dig +search nope",
    "dig web.{ns}.svc.cluster.local AAAA",
    "dig +short +search pods",
    "dig +short -x {svc:web}",
    "dig +short _http._tcp.np.{ns}.svc.cluster.local SRV",
    "dig _http._tcp.np.{ns}.svc.cluster.local SRV",
    "dig +short SRV _http._tcp.np.{ns}.svc.cluster.local",
    "dig +short +search A web",
    "dig +noall +answer IN web.{ns}.svc.cluster.local",
    "dig +noall +answer alias.{ns}.svc.cluster.local",
    "dig +noall +answer pods.{ns}.svc.cluster.local A",
    "dig +short away.{ns}.svc.cluster.local",
    "cat /etc/resolv.conf",
    "cat /etc/hosts",
    "cat /etc/hostname",
    "cat /nope",
    "env",
    "hostname",
    "ip route",
    "ip -4 addr",
    "foo",
    "/agnhost connect web:80",
    "/agnhost connect web:81 --timeout=1s",
    "/agnhost connect none:80",
    "/agnhost connect nope:80",
    "/agnhost connect np:81 --protocol udp --timeout=1s",
    "/agnhost connect {a}:82 --protocol udp --timeout=1s",
    "/agnhost dns-suffix",
    "/agnhost dns-server-list",
    "which curl wget nslookup",
    "whoami",
    "id",
    "true",
    "false",
    "date +%Y",
    "sleep 0",
    "sleep",
    "seq 0",
    "head -c 9 /etc/hostname",
]
ON_NODE = [
    "curl -sS http://{svc:web}/hostname",
    "curl -sS http://web.{ns}/hostname",
    "curl -sS -m 1 http://{svc:web}:81/",
    "curl -sS http://{svc:none}/",
    "curl -sS http://127.0.0.1:{port:np/0}/clientip",
    "curl -sS http://{a}:8080/hostname",
    "hostname",
    "cat /etc/hostname",
]


def finished(words: list[str]) -> dict[str, Any]:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=200)
    lines = done.stderr.splitlines(keepends=True)
    stderr = "".join(line for line in lines if not line.startswith("command terminated with exit code"))
    return {"stdout": done.stdout, "stderr": stderr, "exit_code": done.returncode}


def main() -> None:
    names = flows.Names(STATE, "")
    try:
        flows.build(STATE, names)
        cases = []
        direct = [names.fill(one).split() for one in DIRECT]
        for words in [*direct, *(["sh", "-c", one] for one in SHELL)]:
            cases.append({"pod": "c1", "command": words, **finished(flows.inside("pod/c1", names) + words)})
            print(words, cases[-1]["exit_code"], flush=True)
        for text in ON_NODE:
            words = names.fill(text).split()
            cases.append(
                {"node": names.node_name("1"), "command": words, **finished(flows.inside("node/1", names) + words)}
            )
        log = flows.kubectl("logs", "-n", names.space, "a")
        whole = {
            "recorded_on": flows.versions(),
            "namespace": names.space,
            "objects": flows.snapshot(names),
            "cases": cases,
            "log_of_a": log.splitlines(),
            "log_of_c1": flows.kubectl("logs", "-n", names.space, "c1").splitlines(),
        }
        RECORDED.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n")
        print(f"{len(cases)} commands")
    finally:
        flows.kubectl("delete", "namespace", names.space, names.other, "--wait=false", check=False)


if __name__ == "__main__":
    main()
