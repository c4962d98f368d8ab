"""What a probe's client runs, run for real against servers on this machine, and what its words mean."""

import http.server
import shutil
import socket
import struct
import subprocess
import threading

import pytest

from servicelab.cluster import client_script
from servicelab.cluster.base import MachineError
from servicelab.cluster.client_script import Answer
from servicelab.network.places import parse_target
from servicelab.network.verdict import Outcome, Verdict

needs_curl = pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="needs curl and bash")
MARK = "0123456789abcdef"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = {
            "/hostname": b"web-1",
            "/mark": f"x\n{MARK}\n{MARK} 6 000 - made up".encode(),
            "/long": b"a" * 200_000,
            "/latin": b"caf\xe9",
        }.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def port():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]  # bound, but nobody listens


def answers(text, count=1, timeout=1.0):
    target = parse_target(text)
    command = client_script.command(target, count, timeout, MARK, has_agnhost=False)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=20, check=False)
    return client_script.read(target, count, MARK, done.stdout, done.stderr)


def run(text, count=1, timeout=1.0):
    return [answer.verdict for answer in answers(text, count, timeout)]


@needs_curl
def test_an_answer_with_its_body_and_status(port):
    assert run(f"http://127.0.0.1:{port}/hostname") == [Verdict(Outcome.ANSWERED, body="web-1", status=200)]


@needs_curl
def test_what_was_asked_is_told(port, closed_port):
    assert answers(f"http://127.0.0.1:{port}/hostname")[0].asked == f"127.0.0.1:{port}"
    assert answers(f"http://127.0.0.1:{closed_port}/hostname")[0].asked is None


@needs_curl
def test_many_requests_give_as_many_answers_in_one_run(port):
    assert [one.body for one in run(f"http://127.0.0.1:{port}/hostname", 5)] == ["web-1"] * 5


@needs_curl
def test_an_answer_that_says_no_is_an_answer(port):
    (verdict,) = run(f"http://127.0.0.1:{port}/nothing")
    assert (verdict.outcome, verdict.status) == (Outcome.ANSWERED, 404)


@needs_curl
def test_a_server_cannot_write_the_verdict(port):
    (verdict,) = run(f"http://127.0.0.1:{port}/mark")
    assert (verdict.outcome, verdict.status) == (Outcome.ANSWERED, 200)


@needs_curl
def test_a_long_answer_is_cut(port):
    (verdict,) = run(f"http://127.0.0.1:{port}/long")
    assert verdict.outcome is Outcome.ANSWERED
    assert len(verdict.body) == client_script.MOST_BODY


@needs_curl
def test_an_answer_that_is_no_text_does_not_hurt(port):
    assert run(f"http://127.0.0.1:{port}/latin")[0].body == "caf\ufffd"


@needs_curl
@pytest.mark.parametrize("scheme", ["http", "https", "tcp"])
def test_refused(closed_port, scheme):
    assert run(f"{scheme}://127.0.0.1:{closed_port}")[0].outcome is Outcome.REFUSED


@needs_curl
def test_a_name_that_does_not_exist():
    assert run("http://no-such-name.invalid/")[0].outcome is Outcome.NO_SUCH_NAME


@needs_curl
def test_a_server_that_says_nothing_times_out():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        assert run(f"http://127.0.0.1:{port}/", timeout=0.3)[0].outcome is Outcome.TIMED_OUT
        assert run(f"tcp://127.0.0.1:{port}")[0].outcome is Outcome.ANSWERED


@needs_curl
@pytest.mark.parametrize("brutal", [True, False])
def test_a_server_that_hangs_up(brutal):
    with socket.socket() as rude:
        rude.bind(("127.0.0.1", 0))
        rude.listen()

        def hang_up():
            connection, _ = rude.accept()
            connection.recv(1000)
            if brutal:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        assert run(f"http://127.0.0.1:{rude.getsockname()[1]}/")[0].outcome is Outcome.RESET


@needs_curl
def test_udp_answered_and_refused(closed_port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.bind(("127.0.0.1", 0))

        def answer():
            _, sender = echo.recvfrom(100)
            echo.sendto(b"web-1", sender)

        threading.Thread(target=answer, daemon=True).start()
        assert run(f"udp://127.0.0.1:{echo.getsockname()[1]}")[0].outcome is Outcome.ANSWERED
    assert run(f"udp://127.0.0.1:{closed_port}")[0].outcome is Outcome.REFUSED


@needs_curl
def test_a_target_is_an_argument_and_never_a_command(port, tmp_path):
    made = tmp_path / "made"
    run(f"http://127.0.0.1:{port}/$(touch${{IFS}}{made});touch${{IFS}}{made}")
    assert not made.exists()


@pytest.mark.parametrize(
    ("code", "message", "outcome"),
    [
        (0, "", Outcome.ANSWERED),
        (1, "Received HTTP/0.9 when not allowed", Outcome.ANSWERED),
        (6, "Could not resolve host: web", Outcome.NO_SUCH_NAME),
        (7, "Failed to connect to web port 80 after 1 ms: Couldn't connect to server", Outcome.REFUSED),
        (28, "Connection timed out after 2000 milliseconds", Outcome.TIMED_OUT),
        (35, "error:0A00010B:SSL routines::wrong version number", Outcome.ANSWERED),
        (35, "OpenSSL SSL_connect: Connection reset by peer", Outcome.RESET),
        (52, "Empty reply from server", Outcome.RESET),
        (56, "Recv failure: Connection reset by peer", Outcome.RESET),
    ],
)
def test_curls_exit_codes(code, message, outcome):
    assert client_script.curl_outcome(code, message) is outcome


@pytest.mark.parametrize("code", [2, 3, 27, 127])
def test_what_is_curls_own_fault_is_no_verdict(code):
    with pytest.raises(MachineError, match=f"curl ended with {code}"):
        client_script.curl_outcome(code, "")


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("0", Outcome.ANSWERED),
        ("1 REFUSED", Outcome.REFUSED),
        ("1 TIMEOUT", Outcome.TIMED_OUT),
        ("1 TIMEOUT: read udp 10.244.1.17:58226->10.96.120.165:8080: i/o timeout", Outcome.TIMED_OUT),
        ("1 DNS: lookup nosuch on 10.96.0.10:53: no such host", Outcome.NO_SUCH_NAME),
        ("1 REFUSED: read udp 10.244.1.17:5->10.96.245.8:80: read: connection refused", Outcome.REFUSED),
        ("1 OTHER: dial tcp 10.0.0.1:80: connect: no route to host", Outcome.TIMED_OUT),
        ("1 bash: line 1: printf: write error: Operation not permitted", Outcome.REFUSED),
        ('1 socat[1] E getaddrinfo("nosuch", "NULL", {1,0,1,6}, {}): Name or service not known', Outcome.NO_SUCH_NAME),
        ("124", Outcome.TIMED_OUT),
    ],
)
def test_the_words_of_agnhost_and_node_tools(line, outcome):
    target = parse_target("tcp://web:80")
    (answer,) = client_script.read(target, 1, MARK, "", f"{MARK} {line}\n")
    assert answer.verdict.outcome is outcome


@pytest.mark.parametrize("line", ["127 sh: /agnhost: not found", "1 UNKNOWN: bad arguments"])
def test_a_client_that_fails_is_no_verdict(line):
    with pytest.raises(MachineError):
        client_script.read(parse_target("tcp://web:80"), 1, MARK, "", f"{MARK} {line}\n")


def test_a_client_that_said_too_little_is_no_verdict():
    with pytest.raises(MachineError, match="told 1 of 2 results"):
        client_script.read(parse_target("tcp://web:80"), 2, MARK, "", f"{MARK} 0\n")


@pytest.mark.parametrize(
    ("path", "status", "body", "source"),
    [
        ("/clientip", 200, "10.244.1.17:53016", "10.244.1.17"),
        ("/clientip", 200, "[fd00::5]:53016", "fd00::5"),
        ("/clientip", 500, "10.244.1.17:53016", None),
        ("/hostname", 200, "10.244.1.17:53016", None),
    ],
)
def test_the_source_is_told_by_clientip_alone(path, status, body, source):
    answer = Answer(Verdict(Outcome.ANSWERED, body=body, status=status))
    assert client_script.with_source(parse_target(f"http://web{path}"), answer).verdict.seen_source == source


def test_an_address_that_nobody_has_is_silence_and_no_refusal():
    """As curl 7.88.1 said it of a stopped node on kind, when it had three seconds to look for it."""
    said = [
        "*   Trying 172.18.0.77:30180...",
        "* connect to 172.18.0.77 port 30180 failed: No route to host",
        "* Failed to connect to 172.18.0.77 port 30180 after 3178 ms: Couldn't connect to server",
        f"{MARK} 7 000 :0 Failed to connect to 172.18.0.77 port 30180 after 3178 ms: Couldn't connect to server",
        "* connect to 172.18.0.77 port 30181 failed: Connection refused",
        f"{MARK} 7 000 :0 Failed to connect to 172.18.0.77 port 30181 after 1 ms: Couldn't connect to server",
    ]
    target = parse_target("http://172.18.0.77:30180/")
    first, second = client_script.read(target, 2, MARK, f"\n{MARK}\n\n{MARK}\n", "\n".join(said))
    assert (first.verdict.outcome, second.verdict.outcome) == (Outcome.TIMED_OUT, Outcome.REFUSED)
