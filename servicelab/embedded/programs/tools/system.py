"""Tools about the system: env, hostname, date, sleep, which, id, ip."""

from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import ip_address

from servicelab.embedded.programs.commands import where_is
from servicelab.embedded.programs.interpreter import run_tool
from servicelab.embedded.programs.process import Process, Tool, UsageProblem, not_emulated
from servicelab.network.places import PodPlace

BUSYBOX = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary."
SLEEP_USAGE = f"""{BUSYBOX}

Usage: sleep [N]...

Pause for a time equal to the total of the args given, where each arg can
have an optional suffix of (s)econds, (m)inutes, (h)ours, or (d)ays"""
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def env(process: Process) -> int:
    """env; agnhost's image has no printenv."""
    if process.arguments:
        raise not_emulated(process.name, " ".join(process.arguments))
    process.write("".join(f"{name}={value}\n" for name, value in process.variables.items()))
    return 0


def hostname(process: Process) -> int:
    """hostname."""
    match process.arguments:
        case [] | ["-f"] | ["-s"]:
            process.write(f"{process.session.hostname}\n")
        case ["-d"]:
            pass
        case ["-i"] | ["-I"]:
            address = _own_address(process)
            end = " \n" if process.arguments == ["-I"] else "\n"
            process.write(f"{address or '127.0.0.1'}{end}")
        case _:
            raise not_emulated("hostname", " ".join(process.arguments))
    return 0


def _own_address(process: Process) -> str | None:
    network, place = process.session.world.network(), process.session.place
    if isinstance(place, PodPlace):
        pod = network.pod(place.namespace, place.name)
        return pod.address if pod else None
    node = network.nodes.get(process.session.hostname)
    return node.address if node else None


def date(process: Process) -> int:
    """date."""
    moment = datetime.fromtimestamp(process.session.now(), UTC)
    form = next((word[1:] for word in process.arguments if word.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    others = [word for word in process.arguments if not word.startswith("+") and word != "-u"]
    if others:
        raise not_emulated("date", " ".join(others))
    form = form.replace("%s", str(int(process.session.now()))).replace("%N", f"{moment.microsecond * 1000:09d}")
    process.write(moment.strftime(form) + "\n")
    return 0


def seconds_of(name: str, text: str) -> float:
    """`2`, `0.5`, `1m` as seconds. Raises UsageProblem."""
    unit = UNITS.get(text[-1:], 1)
    number = text[:-1] if text[-1:] in UNITS else text
    try:
        value = float(number) * unit
    except ValueError:
        raise UsageProblem(f"{name}: invalid number '{text}'") from None
    if value < 0:
        raise UsageProblem(f"{name}: invalid number '{text}'")
    return value


def sleep(process: Process) -> int:
    """sleep."""
    if not process.arguments:
        raise UsageProblem(SLEEP_USAGE)
    process.session.spend(sum(seconds_of("sleep", word) for word in process.arguments))
    return 0


def true(process: Process) -> int:
    """true."""
    return 0


def false(process: Process) -> int:
    """false."""
    return 1


def which(process: Process) -> int:
    """which."""
    from servicelab.embedded.programs import tools

    known = tools.IN_CONTAINERS if isinstance(process.session.place, PodPlace) else tools.ON_NODES
    code = 0
    for name in process.arguments:
        if name in known and name != "agnhost":
            process.write(f"{where_is(name)}\n")
        else:
            code = 1
    return code


def whoami(process: Process) -> int:
    """whoami and id."""
    process.write("root\n" if process.name == "whoami" else "uid=0(root) gid=0 groups=0\n")
    return 0


FOREVER = "       valid_lft forever preferred_lft forever\n"


def _loopback(only_4: bool) -> str:
    text = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n"
    if not only_4:
        text += "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
    text += "    inet 127.0.0.1/8 scope host lo\n" + FOREVER
    return text if only_4 else text + "    inet6 ::1/128 scope host \n" + FOREVER


def _ethernet(address: str, only_4: bool) -> str:
    # A stable, locally administered hardware address made from the Pod's own.
    octets = bytes([0xEA, *sha256(address.encode()).digest()[:5]])
    text = "2: eth0@if9: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue qlen 1000\n"
    if not only_4:
        text += f"    link/ether {octets.hex(':')} brd ff:ff:ff:ff:ff:ff\n"
    text += f"    inet {address}/24 brd {address.rpartition('.')[0]}.255 scope global eth0\n" + FOREVER
    if only_4:
        return text
    local = ip_address(bytes([0xFE, 0x80, *[0] * 6, octets[0] ^ 2, *octets[1:3], 0xFF, 0xFE, *octets[3:]]))
    return text + f"    inet6 {local}/64 scope link \n" + FOREVER


def ip(process: Process) -> int:
    """ip addr and ip route, as a Pod on kind has them."""
    network, place = process.session.world.network(), process.session.place
    pod = network.pod(place.namespace, place.name) if isinstance(place, PodPlace) else None
    node = network.nodes.get(pod.node or "") if pod is not None else None
    if pod is None or node is None or pod.address is None or node.gateway is None or pod.host_network:
        raise not_emulated("ip", "on the node's network")
    only_4 = "-4" in process.arguments
    words = [word for word in process.arguments if word != "-4"]
    if words in (["route"], ["r"], ["route", "show"], ["ro"]):
        process.write(
            f"default via {node.gateway} dev eth0 \n"
            f"{node.pod_cidr} via {node.gateway} dev eth0  src {pod.address} \n"
            f"{node.gateway} dev eth0 scope link  src {pod.address} \n"
        )
        return 0
    if words and words[0] in ("a", "addr", "address") and words[1:] in ([], ["show"], ["show", "eth0"]):
        process.write(("" if words[-1] == "eth0" else _loopback(only_4)) + _ethernet(pod.address, only_4))
        return 0
    raise not_emulated("ip", " ".join(process.arguments))


def timeout(process: Process) -> int:
    """timeout."""
    from servicelab.embedded.programs import tools

    words = list(process.arguments)
    if len(words) < 2:
        raise UsageProblem("Usage: timeout [-s SIG] SECS PROG ARGS")
    limit = seconds_of("timeout", words[0])
    tool = tools.find(tools.IN_CONTAINERS, words[1])
    if tool is None:
        raise UsageProblem(f"timeout: can't execute '{words[1]}': No such file or directory", 127)
    session = process.session
    began = session.seconds
    inner = Process(session, words[1], words[2:], process.variables, process.stdin)
    code = run_tool(tool, inner)
    if session.seconds - began > limit:
        session.seconds = began + limit
        process.complain("Terminated")
        return 143
    process.out.extend(inner.out)
    process.err.extend(inner.err)
    return code


def remove(process: Process) -> int:
    """rm."""
    force = any(word.startswith("-") and "f" in word for word in process.arguments)
    code = 0
    for path in (word for word in process.arguments if not word.startswith("-")):
        if process.session.written.pop(path, None) is None and not force:
            process.complain(f"rm: can't remove '{path}': No such file or directory")
            code = 1
    return code


TOOLS: dict[str, Tool] = {
    "env": env,
    "hostname": hostname,
    "date": date,
    "sleep": sleep,
    "true": true,
    "false": false,
    "which": which,
    "whoami": whoami,
    "id": whoami,
    "timeout": timeout,
    "rm": remove,
}
