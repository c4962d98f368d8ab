"""What a container listens on; the defaults and the words of errors are agnhost 2.63.0's own."""

import pytest

from servicelab.network.listeners import program_of

IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"


def ports(*args: str, **container):
    program = program_of({"image": IMAGE, "args": list(args), **container})
    assert program.known
    return [(one.protocol, one.port, one.address) for one in program.listeners]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("netexec", [("TCP", 8080, ""), ("UDP", 8081, "")]),
        ("netexec --http-port=80 --udp-port=-1", [("TCP", 80, "")]),
        ("netexec --http-port 80 --v=2", [("TCP", 80, ""), ("UDP", 8081, "")]),
        (
            "netexec --udp-listen-addresses=127.0.0.1,10.0.0.1",
            [("TCP", 8080, ""), ("UDP", 8081, "127.0.0.1"), ("UDP", 8081, "10.0.0.1")],
        ),
        ("serve-hostname", [("TCP", 9376, "")]),
        ("serve-hostname --http=false --udp --port=99", [("UDP", 99, "")]),
        ("serve-hostname --http=false --tcp --udp", [("TCP", 9376, ""), ("UDP", 9376, "")]),
        ("pause", []),
        ("", []),
    ],
)
def test_agnhost_listens(words, expected):
    assert ports(*words.split()) == expected


def test_command_and_environment_count_too():
    assert ports("--http-port=1", command=["/agnhost", "netexec"])[0] == ("TCP", 1, "")
    assert ports("porter", env=[{"name": "SERVE_PORT_90", "value": "hi"}]) == [("TCP", 90, "")]
    assert ports(command=["sleep", "100"]) == []


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("netexec --bad=1", "Error: unknown flag: --bad"),
        ("netexec -x", "Error: unknown shorthand flag: 'x' in -x"),
        ("netexec -http-port=80", "Error: unknown shorthand flag: 't' in -ttp-port=80"),
        ("netexec foo", "Error: accepts at most 0 arg(s), received 1"),
        (
            "netexec --http-port=abc",
            'Error: invalid argument "abc" for "--http-port" flag: strconv.ParseInt: parsing "abc": invalid syntax',
        ),
        ("netexec --http-port", "Error: flag needs an argument: --http-port"),
        ("netexec --http-port 99999", "listen tcp: address 99999: invalid port"),
        ("pause x", "Error: accepts at most 0 arg(s), received 1"),
        ("nosuch", 'Error: unknown command "nosuch" for "app"'),
        ("netexe", 'Error: unknown command "netexe" for "app"\n\nDid you mean this?\n\tnetexec\n'),
        ("serve-hostname --tcp", "Can't server TCP/UDP mode and HTTP mode at the same time"),
        (
            "serve-hostname --close=maybe",
            'Error: invalid argument "maybe" for "--close" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
    ],
)
def test_what_does_not_start_says_why(words, printed):
    program = program_of({"image": IMAGE, "args": words.split()})
    assert (program.error, program.listeners) == (printed, ())


@pytest.mark.parametrize(
    ("container", "why"),
    [
        ({"image": "nginx:1.27"}, "not those of nginx:1.27"),
        ({"image": IMAGE, "args": ["liveness"]}, "does not know agnhost's “liveness”"),
        ({"image": IMAGE, "args": ["netexec", "--help"]}, "help texts"),
        ({"image": IMAGE, "args": ["netexec", "--tls-cert-file=/x"]}, "TLS is not modelled"),
        ({"image": IMAGE, "command": ["sh", "-c", "httpd"]}, "sh -c httpd"),
    ],
)
def test_what_is_not_known_is_said(container, why):
    program = program_of(container)
    assert not program.known
    assert why in program.why
