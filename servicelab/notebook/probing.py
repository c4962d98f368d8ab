"""`%probe`: one request from a vantage point, how it ended, and the way it took where the cluster tells it."""

import time
from dataclasses import dataclass, replace

from servicelab.cluster.base import Capability, Cluster
from servicelab.network.path import Path
from servicelab.network.places import Place, Target, parse_place, parse_target
from servicelab.network.verdict import Verdict
from servicelab.notebook.line import LineParser
from servicelab.notebook.paths import path_taken
from servicelab.tracing.words import verdict_sentence

USAGE = "%probe [--steady] FROM TARGET, for example: %probe pod/shop/client http://web/hostname"
STEADY_SECONDS = 2.0
"""How long a probe must end the same way to count as steady: kube-proxy takes up to a second."""
LONGEST = 30.0
PAUSE = 0.2
LONGEST_BODY = 300


@dataclass(frozen=True)
class Asked:
    """What a `%probe` line asks for."""

    source: Place
    target: Target
    steady: bool


def parse_probe(line: str, namespace: str) -> Asked:
    """Read what follows `%probe`; `pod/NAME` means a Pod in `namespace`. ValueError with a sentence for the learner."""
    parser = LineParser(USAGE)
    parser.add_argument("--steady", action="store_true")
    parser.add_argument("source", metavar="FROM")
    parser.add_argument("target", metavar="TARGET")
    asked = parser.read(line)
    return Asked(parse_place(asked.source, namespace), parse_target(asked.target), asked.steady)


def send(cluster: Cluster, asked: Asked) -> tuple[Verdict, Path | None]:
    """Send the request; with `steady`, again and again until it has ended the same way for a while.

    In a model no packet is ahead of the rules: one request is enough.
    """
    verdict = cluster.probe(asked.source, asked.target)
    if asked.steady and Capability.REAL_TRAFFIC in cluster.capabilities:
        verdict = _steady(cluster, asked, verdict)
    return verdict, path_taken(cluster, asked.source, asked.target, verdict)


def _steady(cluster: Cluster, asked: Asked, verdict: Verdict) -> Verdict:
    began = since = time.monotonic()
    while time.monotonic() - since < STEADY_SECONDS and time.monotonic() - began < LONGEST:
        time.sleep(PAUSE)
        before = verdict.outcome
        verdict = cluster.probe(asked.source, asked.target)
        if verdict.outcome is not before:
            since = time.monotonic()
    return verdict


def sentence(asked: Asked, verdict: Verdict) -> str:
    """How the request ended, in one sentence."""
    return f"{asked.source} → {asked.target}: {verdict_sentence(verdict)}"


def report(asked: Asked, verdict: Verdict, path: Path | None) -> str:
    """The sentence, what was answered, and the hops where they are known."""
    hops = [] if path is None else [hop.said for hop in path.hops]
    is_told = verdict.detail.strip() in hops  # a model's client says what stands at the last hop
    lines = [sentence(asked, replace(verdict, detail="") if is_told else verdict)]
    body = verdict.body.strip()
    if body and body != (verdict.by or "").rpartition("/")[2]:
        lines.append(f"  it said: {body[:LONGEST_BODY]}")
    lines += [f"  {number}. {said}" for number, said in enumerate(hops, start=1)]
    return "\n".join(lines)
