"""The two families of addresses. `six` means IPv6 wherever it stands; a packet never changes its family."""

from collections.abc import Iterable

NAMES = {False: "IPv4", True: "IPv6"}
LOOPBACK = {False: "127.0.0.1", True: "::1"}


def is_six(address: str) -> bool:
    """Whether an address (or a range) is of IPv6."""
    return ":" in address


def of_family(addresses: Iterable[str], six: bool) -> tuple[str, ...]:
    """Those of one family."""
    return tuple(one for one in addresses if (":" in one) == six)


def first_of(addresses: Iterable[str], six: bool) -> str | None:
    """The first of one family, or None."""
    for one in addresses:
        if (":" in one) == six:
            return one
    return None


def is_loopback(address: str) -> bool:
    """Whether an address means the machine (or Pod) itself."""
    return address.startswith("127.") or address == "::1"
