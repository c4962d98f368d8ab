"""What the cluster's DNS answers to a Pod."""

from servicelab.checks.lab import Lab


def dig(lab: Lab, name: str, type: str = "A") -> list[str]:
    """The short answer to `dig` in the Pod client of the first namespace, by lines; `name` as it is on the cluster."""
    return lab.cluster.execute(lab.real(None), "client", ["dig", "+short", name, type]).stdout.splitlines()
