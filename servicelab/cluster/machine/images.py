"""Images that are not here: can they be fetched, and why not."""

from servicelab.cluster.machine.facts import Facts
from servicelab.cluster.machine.finding import MAKE_ROOM, Finding

BUNDLE = "name a bundle with `--bundle DIR` (`lab bundle create DIR` makes one on a machine with the internet)"
CAUSES = (
    (
        "image-rate-limit",
        ("toomanyrequests", "rate limit", "429 too many requests"),
        "its registry has counted too many downloads from your network",
        "In a class all machines share one address and its limit of downloads.",
        f"`docker login` gives you a limit of your own; or wait some hours; or {BUNDLE}.",
    ),
    (
        "image-certificate",
        ("x509:", "certificate"),
        "a proxy or firewall answered in its registry's place with a certificate that Docker does not know",
        "Docker takes images only from whom it knows.",
        f"Give Docker your network's certificate (/etc/docker/certs.d/), or use another network, or {BUNDLE}.",
    ),
    (
        "disk-full",
        ("no space left on device",),
        "Docker's disk is full",
        "Images are unpacked there.",
        MAKE_ROOM,
    ),
    (
        "image-architecture",
        ("no matching manifest",),
        "it does not exist for this machine's architecture",
        "There are images for amd64 and arm64 only.",
        "Use the embedded cluster: `lab cluster start --cluster embedded`.",
    ),
    (
        "image-unknown",
        ("manifest unknown", "pull access denied", "not found"),
        "its registry does not have it, or not for you",
        "Without it there are no nodes.",
        f"Is the name right? Otherwise {BUNDLE}.",
    ),
    (
        "image-offline",
        (
            "no such host",
            "i/o timeout",
            "connection refused",
            "network is unreachable",
            "temporary failure in name resolution",
            "client.timeout exceeded",
            "context deadline exceeded",
            "tls handshake timeout",
            "proxyconnect",
            "server misbehaving",
        ),
        "its registry cannot be reached",
        "It has to be fetched once.",
        f"Check the internet connection (and Docker's proxy), or {BUNDLE}.",
    ),
)
"""What Docker's words mean when it could not pull: name, words, what, why, fix; the first that fits is told."""


def why_not_pulled(reference: str, said: str) -> Finding:
    """What stopped `docker pull`, from its words."""
    lower = said.lower()
    where = f"the image {reference} is not here and could not be fetched"
    for name, words, what, why, fix in CAUSES:
        if any(word in lower for word in words):
            return Finding(name, f"{where}: {what}", why, fix)
    last = " ".join(said.split()) or "Docker did not say why"
    return Finding("image-not-fetched", f"{where}: {last}", "It has to be fetched once.", f"Try again, or {BUNDLE}.")


def judge(facts: Facts) -> list[Finding] | None:
    """Whether what is not here can be fetched."""
    if facts.has_cluster:
        return []
    if facts.image is None:
        return None
    if not facts.lost_registries:
        return []
    return [
        Finding(
            "image-offline",
            f"{' and '.join(one.split('@')[0] for one in facts.to_fetch)} not in Docker, and this machine does not "
            f"find {' and '.join(facts.lost_registries)}",
            "Images come from there, once.",
            f"Connect to the internet, or {BUNDLE}.",
        )
    ]
