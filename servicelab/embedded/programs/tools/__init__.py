"""The tools of the agnhost image and of a node that the embedded cluster emulates, one module per family."""

from servicelab.embedded.programs.process import Tool
from servicelab.embedded.programs.tools import agnhost, curl, dig, iptables, netcat, nslookup, system, text, wget

IN_CONTAINERS: dict[str, Tool] = {
    "agnhost": agnhost.run,
    "curl": curl.run,
    "dig": dig.run,
    "nc": netcat.run,
    "nslookup": nslookup.run,
    "wget": wget.run,
    "ip": system.ip,
    **text.TOOLS,
    **system.TOOLS,
}
ON_NODES: dict[str, Tool] = {"curl": curl.run, "iptables-save": iptables.save, **text.TOOLS, **system.TOOLS}
"""A node has no wget, dig, nslookup or nc (observed on kind's node image)."""


def find(known: dict[str, Tool], name: str) -> Tool | None:
    """The tool of a name or path (`curl`, `/usr/bin/curl`, `/agnhost`), or None."""
    folder, _, base = name.rpartition("/")
    if folder not in ("", "/bin", "/usr/bin", "/sbin", "/usr/sbin"):
        return None
    if (base == "agnhost") != (name == "/agnhost"):
        return None
    return known.get(base)
