"""iptables-save on a node: kube-proxy's rules as the model of the network writes them."""

from servicelab.embedded.programs.process import Process, UsageProblem, not_emulated
from servicelab.network.saved_rules import TABLES, saved_rules
from servicelab.network.unmodelled import Unmodelled

REAL_TABLES = (*TABLES, "raw", "mangle", "security")


def save(process: Process) -> int:
    """iptables-save [-t TABLE]."""
    wanted = _tables(process.arguments)
    network = process.session.world.network()
    try:
        process.write(saved_rules(network, network.nodes[process.session.hostname], wanted))
    except Unmodelled as unknown:
        raise UsageProblem(f"iptables-save: {unknown}") from None
    return 0


def _tables(words: list[str]) -> tuple[str, ...]:
    """The tables asked for; what is wrong is worded as iptables-save 1.8.9 words it."""
    match words:
        case []:
            return TABLES
        case ["-t" | "--table", table]:
            pass
        case [word] if word.startswith(("-t", "--table=")) and not word.startswith("--table-"):
            table = word.removeprefix("--table=").removeprefix("-t")
        case ["-c" | "--counters", *_] | [*_, "-c" | "--counters"]:
            raise not_emulated("iptables-save", "counting packets (-c)")
        case [word, *_] if word.startswith("-") and not word.startswith("--"):
            said = f"iptables-save: invalid option -- '{word[1:2]}'\nLook at manual page `iptables-save.8' for more"
            raise UsageProblem(f"{said} information.")
        case _:
            raise not_emulated("iptables-save", " ".join(words))
    if table not in REAL_TABLES:
        raise UsageProblem(f"Table `{table}' does not exist")
    if table not in TABLES:
        raise not_emulated("iptables-save", f"the table {table}, in which kube-proxy has no rules,")
    return (table,)
