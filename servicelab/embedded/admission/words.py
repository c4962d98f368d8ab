"""What names, labels, ports and addresses may look like; each function returns what is wrong, in Kubernetes' words."""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address, ip_interface, ip_network

Problems = list[str]
Rule = Callable[[str], Problems]

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
NAME_PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
LABEL_VALUE = f"({NAME_PART})?"
LABEL_LIMIT, SUBDOMAIN_LIMIT, PORT_NAME_LIMIT = 63, 253, 15
LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LABEL}')"
)
SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    f"and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{SUBDOMAIN}')"
)
SEARCH = r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*"
SEARCH_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must "
    f"start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{SEARCH}')"
)
NAME_WORDS = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    f"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{NAME_PART}')"
)
LABEL_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{LABEL_VALUE}')"
)
CONFIG_KEY_WORDS = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
PERCENT_WORDS = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')"
)
ADDRESS_WORDS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
ZEROS_WORDS = "must not have leading 0s"
MAPPED_WORDS = "must not be an IPv4-mapped IPv6 address"
RANGE_WORDS = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
ENVIRONMENT_WORDS = "a valid environment variable name must consist only of printable ASCII characters other than '='"


def label(text: str) -> Problems:
    """A DNS label: names of Services, containers, ports of Services."""
    problems = []
    if len(text) > LABEL_LIMIT:
        problems.append(f"must be no more than {LABEL_LIMIT} characters")
    if not re.fullmatch(LABEL, text):
        problems.append("must not contain dots" if re.fullmatch(SUBDOMAIN, text) else LABEL_WORDS)
    return problems


def subdomain(text: str) -> Problems:
    """A DNS subdomain: the name of most objects."""
    problems = []
    if len(text) > SUBDOMAIN_LIMIT:
        problems.append(f"must be no more than {SUBDOMAIN_LIMIT} characters")
    if not re.fullmatch(SUBDOMAIN, text):
        problems.append(SUBDOMAIN_WORDS)
    return problems


def search_domain(text: str) -> Problems:
    """A domain that names are looked up in; underscores are allowed."""
    return [] if re.fullmatch(SEARCH, text) else [SEARCH_WORDS]


def full_name(text: str) -> Problems:
    """A DNS name of at least two words, with or without the dot at its end."""
    problems = subdomain(text.removesuffix("."))
    if not problems and "." not in text.removesuffix("."):
        problems = ["should be a domain with at least two segments separated by dots"]
    return problems


def qualified_name(text: str) -> Problems:
    """A label's key: a name, or a DNS subdomain, a slash and a name."""
    parts = text.split("/")
    if len(parts) > 2:
        return [
            f"a valid label key {NAME_WORDS} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    problems, name = [], parts[-1]
    if len(parts) == 2:
        if not parts[0]:
            problems.append("prefix part must be non-empty")
        else:
            in_bytes = [problem.replace("253 characters", "253 bytes") for problem in subdomain(parts[0])]
            problems += [f"prefix part {problem}" for problem in in_bytes]
    if not name:
        problems.append("name part must be non-empty")
    elif len(name.encode()) > LABEL_LIMIT:
        problems.append(f"name part must be no more than {LABEL_LIMIT} bytes")
    if not re.fullmatch(NAME_PART, name):
        problems.append(f"name part {NAME_WORDS}")
    return problems


def label_value(text: str) -> Problems:
    """A label's value."""
    problems = []
    if len(text.encode()) > LABEL_LIMIT:
        problems.append(f"must be no more than {LABEL_LIMIT} bytes")
    if not re.fullmatch(LABEL_VALUE, text):
        problems.append(LABEL_VALUE_WORDS)
    return problems


def port_name(text: str) -> Problems:
    """The name of a container's port, or a named targetPort."""
    problems = []
    if len(text) > PORT_NAME_LIMIT:
        problems.append(f"must be no more than {PORT_NAME_LIMIT} characters")
    if not re.fullmatch("[-a-z0-9]+", text):
        problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", text):
        problems.append("must contain at least one letter (a-z)")
    if "--" in text:
        problems.append("must not contain consecutive hyphens")
    if text[:1] == "-" or text[-1:] == "-":
        problems.append("must not begin or end with a hyphen")
    return problems


def port_number(number: int) -> Problems:
    """A port's number."""
    return [] if 1 <= number <= 65535 else ["must be between 1 and 65535, inclusive"]


def config_key(text: str) -> Problems:
    """A key of a ConfigMap."""
    problems = []
    if len(text) > SUBDOMAIN_LIMIT:
        problems.append(f"must be no more than {SUBDOMAIN_LIMIT} characters")
    if not re.fullmatch("[-._a-zA-Z0-9]+", text):
        problems.append(CONFIG_KEY_WORDS)
    if text in (".", ".."):
        problems.append(f"must not be '{text}'")
    elif text.startswith(".."):
        problems.append("must not start with '..'")
    return problems


def environment_name(text: str) -> Problems:
    """The name of an environment variable."""
    return [] if re.fullmatch(r"[ -<>-~]+", text) else [ENVIRONMENT_WORDS]


def address(text: str) -> Problems:
    """An IP address, in a spelling that is read alike everywhere."""
    try:
        found = ip_address(without_leading_zeros(text))
    except ValueError:
        return [ADDRESS_WORDS]
    if text != without_leading_zeros(text):
        return [ZEROS_WORDS]
    return [MAPPED_WORDS] if isinstance(found, IPv6Address) and found.ipv4_mapped else []


def without_leading_zeros(text: str) -> str:
    """An IPv4 address as it was perhaps meant; other text as it is."""
    return text if ":" in text else re.sub(r"(^|\.)0+(?=\d)", r"\1", text)


def address_range(text: str) -> Problems:
    """A range of addresses in CIDR form."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return [RANGE_WORDS]
    return [] if "/" in text else [RANGE_WORDS]


def exact_address_range(text: str) -> Problems:
    """A range of addresses in CIDR form, in its one spelling: without leading zeros, and nothing after the prefix."""
    if re.search(r"(^|[./])0\d", text) and not address_range(re.sub(r"(^|[./])0+(?=\d)", r"\1", text)):
        return ["must not have leading 0s in IP or prefix length"]
    if problems := address_range(text):
        return problems
    if ip_interface(text).ip != ip_network(text, strict=False).network_address:
        return ["must not have bits set beyond the prefix length"]
    return []


def path_segment(text: str) -> Problems:
    """What may stand between two slashes of a path."""
    if text in (".", ".."):
        return [f"may not be '{text}'"]
    return [f"may not contain '{letter}'" for letter in "/%" if letter in text]


def endpoint_address(text: str) -> Problems:
    """An address that traffic can be sent to from everywhere in the cluster."""
    try:
        found = ip_address(text)
    except ValueError:
        return ["must be a valid IP address"]
    if found.is_unspecified:
        return [f"may not be unspecified ({found})"]
    if found.is_loopback:
        return ["may not be in the loopback range (127.0.0.0/8, ::1/128)"]
    if found.is_link_local:
        return ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"]
    if found.is_multicast and text.startswith(("224.0.0.", "ff02::")):
        return ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"]
    return []


def first(rules: Iterable[Rule], text: str) -> Problems:
    """What the first rule that is broken says."""
    for rule in rules:
        if problems := rule(text):
            return problems
    return []
