"""How routes look: four things tell them apart (colour, dash, arrowhead, label), in a light and a dark theme."""

from dataclasses import dataclass
from enum import StrEnum


class Route(StrEnum):
    """By which of a Service's doors a request goes. The value is the label on its arrows."""

    CLUSTER_IP = "ClusterIP"
    NODE_PORT = "NodePort"
    LOAD_BALANCER = "LoadBalancer"
    EXTERNAL_IP = "external IP"
    HOST_PORT = "host port"
    FORWARD = "port-forward"
    DIRECT = "no Service"


class Head(StrEnum):
    """The shape of an arrowhead."""

    FILLED = "filled"
    HOLLOW = "hollow"
    DIAMOND = "diamond"
    OPEN = "open"


class Theme(StrEnum):
    """AUTO follows the page: JupyterLab's theme, else what the reader's system prefers."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Look:
    """How a route is drawn: the name of its colour, its dashes (SVG's `stroke-dasharray`) and its arrowhead."""

    colour: str
    dashes: str
    head: Head
    meaning: str


LOOKS = {
    Route.CLUSTER_IP: Look("cluster-ip", "", Head.FILLED, "asks for the Service's virtual IP"),
    Route.NODE_PORT: Look("node-port", "6 3", Head.HOLLOW, "asks for the Service's port of a node"),
    Route.LOAD_BALANCER: Look("load-balancer", "9 3 2 3", Head.DIAMOND, "asks for the load balancer's address"),
    Route.EXTERNAL_IP: Look("other", "2 3", Head.OPEN, "asks for an address in spec.externalIPs"),
    Route.HOST_PORT: Look("other", "2 3", Head.OPEN, "asks for a port that a Pod has on its node"),
    Route.FORWARD: Look("other", "2 3", Head.OPEN, "goes through kubectl to one Pod"),
    Route.DIRECT: Look("other", "2 3", Head.OPEN, "asks for an address that no Service changes"),
}
LIGHT = {
    "page": "#ffffff",
    "panel": "#f2f5f9",
    "text": "#192029",
    "muted": "#4a5564",
    "edge": "#6b7a8f",
    "good": "#1a6b36",
    "bad": "#a3271d",
    "cluster-ip": "#b91b9c",
    "node-port": "#087d5c",
    "load-balancer": "#8c5303",
    "other": "#192029",
}
DARK = {
    "page": "#12161c",
    "panel": "#1d242d",
    "text": "#e8edf4",
    "muted": "#aab6c5",
    "edge": "#7c8da3",
    "good": "#7ed69a",
    "bad": "#ff9c92",
    "cluster-ip": "#f138c3",
    "node-port": "#38f385",
    "load-balancer": "#d3760a",
    "other": "#e0e4ea",
}
"""The routes' colours are as far apart as a search found, also as people without red or green cones see them."""


def variables(name: str) -> list[str]:
    """Rules that give whatever has this class the colours as variables, `--text` and so on, of its theme: that is a
    class, too."""
    light, dark = (";".join(f"--{colour}:{value}" for colour, value in one.items()) for one in (LIGHT, DARK))
    return [
        f".{name}{{{light}}}",
        f"@media(prefers-color-scheme:dark){{.{name}.auto{{{dark}}}}}",
        f"[data-jp-theme-light=true] .{name}.auto{{{light}}}",
        f"[data-jp-theme-light=false] .{name}.auto{{{dark}}}",
        f".{name}.dark{{{dark}}}",
    ]


def style() -> str:
    """The picture's style sheet. Every rule is for this picture only: in a notebook it holds for the whole page."""
    rules = [
        *variables("lab-picture"),
        ".lab-picture text{fill:var(--text);font-family:system-ui,'DejaVu Sans',Verdana,sans-serif}",
        ".lab-picture .bold{font-weight:600}",
        ".lab-picture .page{fill:var(--page)}",
        ".lab-picture .frame{fill:var(--panel);stroke:var(--edge)}",
        ".lab-picture .box{fill:var(--page);stroke:var(--edge)}",
        ".lab-picture .fields{fill:none;stroke:var(--edge);stroke-dasharray:3 3}",
        ".lab-picture .tag{fill:var(--text)}",
        ".lab-picture text.on-tag{fill:var(--page)}",
        ".lab-picture .way{fill:none;stroke-width:1.8;stroke-linejoin:round}",
        ".lab-picture .mark{fill:none;stroke-width:2;stroke-linecap:round}",
    ]
    for name in ("muted", "good", "bad", *sorted({look.colour for look in LOOKS.values()})):
        rules.append(f".lab-picture text.{name}{{fill:var(--{name})}}")
        rules.append(
            f".lab-picture .stroke-{name}{{stroke:var(--{name})}}.lab-picture .fill-{name}{{fill:var(--{name})}}"
        )
    return "".join(rules)
