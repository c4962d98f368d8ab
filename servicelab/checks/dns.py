"""What the cluster's DNS answers to a Pod."""

from servicelab.checks.lab import Lab


def dig(lab: Lab, name: str, type: str = "A") -> list[str]:
    """The short answer to `dig` in the Pod client of the first namespace, by lines; `name` as it is on the cluster."""
    return lab.cluster.execute(lab.real(None), "client", ["dig", "+short", name, type]).stdout.splitlines()


def addresses(lab: Lab, name: str) -> list[str]:
    """The IPv4 addresses to which a name leads in the end, in order; `name` as it is on the cluster."""
    return sorted(line for line in dig(lab, name) if not line.endswith("."))  # with a dot: an alias on the way
