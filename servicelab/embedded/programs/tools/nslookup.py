"""BIND's nslookup, as agnhost has it: what it prints for CoreDNS's answers, observed there."""

from ipaddress import ip_address

from servicelab.embedded.programs.process import Process, UsageProblem, not_emulated
from servicelab.network.names import Answer, Lookup, Record, Status, is_address, lookup, query

SERVER = "10.96.0.10"
NO_RECURSION = f";; Got recursion not available from {SERVER}\n"
"""nslookup prints this for each answer from CoreDNS's own zone: it asked for recursion and was told there is none."""
TYPES = frozenset({"A", "AAAA", "CNAME", "PTR", "SRV", "TXT"})


def run(process: Process) -> int:
    """nslookup."""
    type_, names = "", []
    for word in process.arguments:
        if word.lower().startswith(("-type=", "-q=", "-query=", "-querytype=")):
            type_ = word.partition("=")[2].upper()
        elif word.startswith("-"):
            raise not_emulated("nslookup", word)
        else:
            names.append(word)
    if not names or len(names) > 2:
        raise UsageProblem("nslookup is emulated with a NAME and, optionally, a SERVER; it asks nothing by keyboard")
    if type_ and type_ not in TYPES:
        raise not_emulated("nslookup", f"-type={type_}")
    if len(names) == 2 and names[1] not in (SERVER, "kube-dns.kube-system", "kube-dns.kube-system.svc.cluster.local"):
        raise not_emulated("nslookup", f"asking the server {names[1]}")
    if is_address(names[0]):
        return _pointer(process, names[0])
    return _forward(process, names[0], type_, quiet=len(names) == 2)


def _noise(answers: tuple[Answer, ...]) -> str:
    return NO_RECURSION * sum(answer.authoritative for answer in answers)


def _forward(process: Process, name: str, type_: str, quiet: bool) -> int:
    session = process.session
    network = session.world.network()
    found: Lookup = lookup(network, session.place, name, type_ or "A", stop_at_no_data=True)
    answer = found.answer
    noise = "" if quiet else _noise(found.tried)
    process.write(f"{noise}Server:\t\t{SERVER}\nAddress:\t{SERVER}#53\n\n")
    last = answer.records[-1] if answer.records else None
    second = "" if type_ or quiet else _noise((query(network, last.name if last else answer.name, "AAAA"),))
    if answer.status is Status.NXDOMAIN:
        process.write(f"** server can't find {name}: NXDOMAIN\n\n")
        return 1
    if last is None:
        process.write(f"{second}*** Can't find {name}: No answer\n\n")
        return 0
    process.write("".join(_line(record) for record in answer.records))
    if last.type == "CNAME" and not type_:
        process.write(f"** server can't find {last.value.rstrip('.')}: NXDOMAIN\n\n")
        return 1
    process.write(f"{second}\n")
    return 0


def _line(record: Record) -> str:
    match record.type:
        case "CNAME":
            return f"{record.name}\tcanonical name = {record.value}\n"
        case "SRV":
            return f"{record.name}\tservice = {record.value}\n"
        case "PTR":
            return f"{record.name}\tname = {record.value}\n"
        case "TXT":
            return f"{record.name}\ttext = {record.value}\n"
    return f"Name:\t{record.name}\nAddress: {record.value}\n"


def _pointer(process: Process, address: str) -> int:
    name = ip_address(address).reverse_pointer
    session = process.session
    answer = query(session.world.network(), name, "PTR")
    if not answer.records:
        process.write(f"** server can't find {name}: NXDOMAIN\n\n")
        return 1
    process.write(_noise((answer,)) + "".join(_line(record) for record in answer.records) + "\n")
    return 0
