"""dig, as agnhost has it; it uses the search path only with +search."""

from datetime import UTC, datetime
from ipaddress import ip_address

from servicelab.embedded.programs.process import Process, not_emulated
from servicelab.embedded.programs.tools.nslookup import SERVER
from servicelab.network.names import Answer, Record, lookup

VERSION = "9.18.49-1~deb12u1-Debian"
TYPES = frozenset({"A", "AAAA", "CNAME", "PTR", "SRV", "TXT", "MX", "NS", "SOA", "ANY"})
SWITCHES = frozenset({"short", "search", "noall", "answer", "nocomments", "nostats", "noquestion", "nocmd", "recurse"})


def run(process: Process) -> int:
    """dig."""
    switches: set[str] = set()
    names, types, reverse = list[str](), list[str](), False
    words = iter(process.arguments)
    for word in words:
        if word.startswith("+"):
            if word[1:].split("=")[0] not in SWITCHES | {"time", "tries", "timeout"}:
                raise not_emulated("dig", word)
            switches.add(word[1:])
        elif word == "-x":
            names.append(ip_address(next(words, "0.0.0.0")).reverse_pointer)
            types, reverse = ["PTR"], True
        elif word == "-t":
            types.append(next(words, "A").upper())
        elif word.startswith("@"):
            if word[1:] != SERVER:
                raise not_emulated("dig", f"asking the server {word[1:]}")
        elif word.startswith("-"):
            raise not_emulated("dig", word)
        elif word.upper() in TYPES:  # before the name or after it
            types.append(word.upper())
        elif word.upper() != "IN":  # the class of all records here
            names.append(word)
    if len(names) != 1:
        raise not_emulated("dig", "more than one name" if names else "without a name")
    if len(types) > 1:
        raise not_emulated("dig", "more than one type")
    name, type_ = names[0], types[0] if types else "A"
    if type_ not in TYPES - {"MX", "NS", "SOA", "ANY"}:
        raise not_emulated("dig", type_)
    session = process.session
    search = "search" in switches and not reverse
    answer = lookup(session.world.network(), session.place, name, type_, search, stop_at_no_data=True).answer
    if "short" in switches:
        process.write("".join(f"{record.value}\n" for record in answer.records))
    elif "noall" in switches:
        process.write("".join(_record(record) for record in answer.records) if "answer" in switches else "")
    else:
        process.write(_full(process, answer))
    return 0


def _columns(first: str, *rest: tuple[str, int]) -> str:
    """Text in columns as BIND indents it: to the wanted column with tabs, or one blank further, a tab at a tab stop."""
    text, at = first, len(first)
    for piece, wanted in rest:
        to = max(wanted, at + 1)
        tabs = to // 8 - at // 8
        text += "\t" * tabs + " " * (to - (to // 8 * 8 if tabs else at)) + piece
        at = to + len(piece)
    return text


def _record(record: Record) -> str:
    columns = (str(record.ttl), 24), ("IN", 32), (record.type, 40), (record.value, 48)
    return _columns(f"{record.name}.", *columns) + "\n"


def _full(process: Process, answer: Answer) -> str:
    session = process.session
    local = answer.authoritative and answer.name.endswith(".local")
    flags = "qr aa rd" if answer.authoritative else "qr rd ra"
    authority = 1 if answer.authoritative and not answer.records else 0
    number = session.world.randomness.randint(0, 65535)
    lines = [
        "",
        f"; <<>> DiG {VERSION} <<>> {' '.join(process.arguments)}",
        ";; global options: +cmd",
        ";; Got answer:",
    ]
    if local:
        lines += [
            ";; WARNING: .local is reserved for Multicast DNS",
            ";; You are currently testing what happens when an mDNS query is leaked to DNS",
        ]
    lines += [
        f";; ->>HEADER<<- opcode: QUERY, status: {answer.status}, id: {number}",
        f";; flags: {flags}; QUERY: 1, ANSWER: {len(answer.records)}, AUTHORITY: {authority}, "
        f"ADDITIONAL: {1 + len(answer.additional)}",
    ]
    if answer.authoritative:
        lines.append(";; WARNING: recursion requested but not available")
    lines += ["", ";; OPT PSEUDOSECTION:", "; EDNS: version: 0, flags:; udp: 1232"]
    lines += [f"; COOKIE: {session.world.randomness.getrandbits(64):016x} (echoed)", ";; QUESTION SECTION:"]
    lines += [";" + _columns(f"{answer.name}.", ("IN", 32), (answer.type, 40)), ""]
    text = "\n".join(lines) + "\n"
    if answer.records:
        text += ";; ANSWER SECTION:\n" + "".join(_record(record) for record in answer.records) + "\n"
    if authority:
        now = int(session.now())
        soa = f"ns.dns.cluster.local. hostmaster.cluster.local. {now} 7200 1800 86400 30"
        text += f";; AUTHORITY SECTION:\ncluster.local.\t\t30\tIN\tSOA\t{soa}\n\n"
    if answer.additional:
        text += ";; ADDITIONAL SECTION:\n" + "".join(_record(record) for record in answer.additional) + "\n"
    when = datetime.fromtimestamp(session.now(), UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    size = 29 + len(answer.name) + 16 * len(answer.records)
    return text + (
        f";; Query time: 0 msec\n;; SERVER: {SERVER}#53({SERVER}) (UDP)\n;; WHEN: {when}\n;; MSG SIZE  rcvd: {size}\n\n"
    )
