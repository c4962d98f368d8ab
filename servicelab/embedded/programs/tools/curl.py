"""curl 7.88.1 as the agnhost image and kind's nodes have it: options, messages and exit codes observed there."""

import re
from dataclasses import dataclass, field

from servicelab.embedded.programs.client import GIVES_UP, Reply
from servicelab.embedded.programs.http import HttpRequest, HttpResponse
from servicelab.embedded.programs.process import Process, UsageProblem, not_emulated
from servicelab.embedded.programs.tools.web import Url, read_url, send
from servicelab.network.verdict import Outcome

VERSION = "7.88.1"
TRY_HELP = "curl: try 'curl --help' or 'curl --manual' for more information"
COULD_NOT_RESOLVE, COULD_NOT_CONNECT, HTTP_ERROR, TIMED_OUT = 6, 7, 22, 28
MOST_REDIRECTS = 50
METER_HEAD = """\
  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
"""
METER_EMPTY = "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
SWITCHES = {
    "s": "silent",
    "S": "show-error",
    "f": "fail",
    "i": "include",
    "I": "head",
    "v": "verbose",
    "L": "location",
    "4": "ipv4",
    "k": "insecure",
    "N": "no-buffer",
    "g": "globoff",
}
VALUES = {
    "m": "max-time",
    "o": "output",
    "w": "write-out",
    "X": "request",
    "H": "header",
    "d": "data",
    "A": "user-agent",
}
LONG_SWITCHES = frozenset(SWITCHES.values()) | {"fail-with-body", "no-progress-meter", "http1.1"}
LONG_VALUES = frozenset(VALUES.values()) | {"connect-timeout", "data-raw", "url", "retry", "retry-delay"}
OTHER_PROTOCOLS = re.compile(
    r"^(dict|file|ftps?|gophers?|imaps?|ldaps?|mqtt|pop3s?|rt[ms]p|s[cf]tp|sm[bt]ps?|telnet|tftp)$"
)
REAL_BUT_MISSING = re.compile(
    r"^(cacert|cert|key|compressed|cookie|cookie-jar|data-binary|data-urlencode|form|get|interface|ipv6|json|"
    r"local-port|parallel|proxy|remote-name|resolve|retry-.*|socks5|upload-file|user|version|help|http2|http3|tlsv1.*|"
    r"keepalive-time|trace.*|connect-to|noproxy|referer|range|limit-rate|stderr|config)$"
)
WRITE_OUT = re.compile(r"%\{(\w+)\}|%%")


@dataclass
class Options:
    """A curl command line, read."""

    switches: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    connections: dict[str, Reply] = field(default_factory=dict)
    """The last answer over each open connection, by the URL's scheme and host: the next request goes over it."""

    @property
    def quiet(self) -> bool:
        """No messages: `-s` without `-S`."""
        return "silent" in self.switches and "show-error" not in self.switches

    def seconds(self, name: str) -> float | None:
        """A time limit, None when not given."""
        if name not in self.values:
            return None
        try:
            return float(self.values[name])
        except ValueError:
            option = "-m" if name == "max-time" else f"--{name}"
            text = f"curl: option {option}: expected a proper numerical parameter\n{TRY_HELP}"
            raise UsageProblem(text, 2) from None


def read_options(arguments: list[str]) -> Options:
    """Read a command line. Raises UsageProblem as curl words it."""
    options = Options()
    words = iter(arguments)
    for word in words:
        if word.startswith("--") and len(word) > 2:
            _long(options, word[2:], words)
        elif word.startswith("-") and len(word) > 1:
            _short(options, word[1:], words)
        else:
            options.urls.append(word)
    if not options.urls:
        raise UsageProblem(TRY_HELP, 2)
    return options


def _long(options: Options, name: str, words: "object") -> None:
    if name in LONG_SWITCHES:
        options.switches.add(name)
    elif name in LONG_VALUES:
        _value(options, name, _next(words, f"--{name}"))
    elif REAL_BUT_MISSING.match(name):
        raise not_emulated("curl", f"--{name}")
    else:
        raise UsageProblem(f"curl: option --{name}: is unknown\n{TRY_HELP}", 2)


def _short(options: Options, letters: str, words: "object") -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in SWITCHES:
            options.switches.add(SWITCHES[letter])
        elif letter in VALUES:
            _value(options, VALUES[letter], letters or _next(words, f"-{letter}"))
            return
        elif letter in "abcCDeEFGhJKlMnOpPqQrRtTuUVxyYz06123#":
            raise not_emulated("curl", f"-{letter}")
        else:
            raise UsageProblem(f"curl: option -{letter}: is unknown\n{TRY_HELP}", 2)


def _next(words: "object", option: str) -> str:
    value = next(words, None)  # type: ignore[call-overload]
    if value is None:
        raise UsageProblem(f"curl: option {option}: requires parameter\n{TRY_HELP}", 2)
    return str(value)


def _value(options: Options, name: str, value: str) -> None:
    if name == "header":
        key, _, text = value.partition(":")
        options.headers.append((key.strip(), text.strip()))
    elif name in ("data", "data-raw"):
        options.data.append(value)
    elif name == "url":
        options.urls.append(value)
    else:
        options.values[name] = value


def run(process: Process) -> int:
    """curl."""
    options = read_options(process.arguments)
    code = 0
    for text in options.urls:
        code = _transfer(process, options, text)
    return code


def _transfer(process: Process, options: Options, text: str) -> int:
    url = read_url(text)
    if url is None:
        if "://" in text and re.match(r"^[a-z][a-z0-9+.-]*://", text) and not text.startswith(("http:", "https:")):
            scheme = text.split(":")[0]
            if OTHER_PROTOCOLS.match(scheme):
                raise not_emulated("curl", f"{scheme}://")
            return _fail(process, options, 1, f'Protocol "{scheme}" not supported or disabled in libcurl')
        return _fail(process, options, 3, "URL using bad/illegal format or missing URL")
    retries = int(options.values.get("retry", "0") or 0)
    while True:
        reply, url = _follow(process, options, url)
        if retries == 0 or reply.outcome is not Outcome.TIMED_OUT:
            return _report(process, options, url, text, reply)
        retries -= 1
        process.session.spend(1.0)


def _request(options: Options, url: Url) -> HttpRequest:
    method = options.values.get("request") or ("HEAD" if "head" in options.switches else "GET")
    headers = [
        ("Host", url.shown_host),
        ("User-Agent", options.values.get("user-agent", f"curl/{VERSION}")),
        ("Accept", "*/*"),
    ]
    given = {name.lower() for name, _ in options.headers}
    headers = [one for one in headers if one[0].lower() not in given] + [one for one in options.headers if one[1]]
    body = "&".join(options.data)
    if options.data:
        method = options.values.get("request") or "POST"
        headers.append(("Content-Length", str(len(body.encode()))))
        if "content-type" not in given:
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    return HttpRequest(method, url.target, tuple(headers), body)


def _follow(process: Process, options: Options, url: Url) -> tuple[Reply, Url]:
    """Send the request, with `-L` also to where the answer points."""
    for _ in range(MOST_REDIRECTS):
        request = _request(options, url)
        host = f"{url.scheme}://{url.shown_host}"
        reply = send(process, url, request, options.connections.get(host))
        _spend(process, options, reply)
        if "verbose" in options.switches:
            _say_verbose(process, options, url, request, reply)
        response = reply.response
        if response is not None:
            options.connections[host] = reply
        if response is None or "location" not in options.switches or response.status not in (301, 302, 303, 307, 308):
            break
        location = next((value for name, value in response.headers if name == "Location"), "")
        following = read_url(location if "://" in location else f"{url.scheme}://{url.shown_host}{location}")
        if not location or following is None:
            break
        url = following
    return reply, url


def _limits(options: Options) -> tuple[float, str]:
    """How long curl waits for a connection, and the words with which it stops."""
    total, connecting = options.seconds("max-time"), options.seconds("connect-timeout")
    if total is not None and (connecting is None or total <= connecting):
        return total, "total"
    if connecting is not None and connecting < GIVES_UP:
        return connecting, "connect"
    return GIVES_UP, "kernel"


def _spend(process: Process, options: Options, reply: Reply) -> None:
    if reply.outcome is Outcome.TIMED_OUT:
        process.session.spend(_limits(options)[0])
    else:
        total = options.seconds("max-time")
        process.session.spend(min(reply.seconds, total) if total else reply.seconds)


def _report(process: Process, options: Options, url: Url, typed: str, reply: Reply) -> int:
    match reply.outcome:
        case Outcome.NO_SUCH_NAME:
            message, code = f"Could not resolve host: {url.host}", COULD_NOT_RESOLVE
        case Outcome.REFUSED:
            message = f"Failed to connect to {url.host} port {url.port} after 1 ms: Couldn't connect to server"
            code = COULD_NOT_CONNECT
        case Outcome.TIMED_OUT:
            message, code = _timed_out(options, url), TIMED_OUT
        case _:
            return _answered(process, options, url, typed, reply)
    if "silent" not in options.switches:
        # Without an address there is nothing to measure, and curl does not end the meter's line.
        process.err.append(METER_HEAD + METER_EMPTY + ("" if code == COULD_NOT_RESOLVE else METER_EMPTY + "\n"))
    if not options.quiet:
        process.complain(f"curl: ({code}) {message}")
    _write_out(process, options, url, typed, reply, code, message)
    return code


def _timed_out(options: Options, url: Url) -> str:
    seconds, kind = _limits(options)
    if kind == "total":
        return f"Connection timed out after {seconds * 1000:.0f} milliseconds"
    why = "Timeout was reached" if kind == "connect" else "Couldn't connect to server"
    return f"Failed to connect to {url.host} port {url.port} after {seconds * 1000:.0f} ms: {why}"


def _fail(process: Process, options: Options, code: int, message: str) -> int:
    if not options.quiet:
        process.complain(f"curl: ({code}) {message}")
    return code


def _answered(process: Process, options: Options, url: Url, typed: str, reply: Reply) -> int:
    response = reply.response
    if response is None:
        return _fail(process, options, 52, "Empty reply from server")
    total = options.seconds("max-time")
    if total is not None and reply.seconds > total:
        shown = f"{total * 1000:.0f}"
        return _fail(
            process, options, TIMED_OUT, f"Operation timed out after {shown} milliseconds with 0 bytes received"
        )
    failed = response.status >= 400 and not options.switches.isdisjoint({"fail", "fail-with-body"})
    keep = not failed or "fail-with-body" in options.switches
    head = "head" in options.switches or options.values.get("request") == "HEAD"
    text = ""
    if keep and not options.switches.isdisjoint({"include", "head"}):
        text += "".join(f"{line}\r\n" for line in _head(response)) + "\r\n"
    if keep and not head:
        text += response.body
    target = options.values.get("output")
    if "silent" not in options.switches and "no-progress-meter" not in options.switches:
        process.err.append(_meter(response, head))
    if target and target != "-":
        if process.session.write(target, text, append=False):
            return _fail(process, options, 23, "Failure writing output to destination")
    else:
        process.write(text)
    code, message = 0, ""
    if failed:
        code, message = HTTP_ERROR, f"The requested URL returned error: {response.status}"
        if not options.quiet:
            process.complain(f"curl: ({code}) {message}")
    _write_out(process, options, url, typed, reply, code, message)
    return code


def _head(response: HttpResponse) -> list[str]:
    return [f"HTTP/1.1 {response.status} {response.reason}", *(f"{name}: {value}" for name, value in response.headers)]


def _meter(response: HttpResponse, head: bool) -> str:
    size = response.size
    if head:
        line = f"\r  0 {size:5d}    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
    else:
        speed = f"{size * 300:5d}      0 --:--:-- --:--:-- --:--:-- {size * 400:5d}"
        line = f"\r100 {size:5d}  100 {size:5d}    0     0  {speed}"
    return METER_HEAD + METER_EMPTY + line + "\n"


def _say_verbose(process: Process, options: Options, url: Url, request: HttpRequest, reply: Reply) -> None:
    if reply.outcome is Outcome.NO_SUCH_NAME:
        process.complain(f"* Could not resolve host: {url.host}")
        process.complain("* Closing connection 0")
        return
    if reply.reused:
        process.complain("* Can not multiplex, even if we wanted to")
        process.complain(f"* Re-using existing connection #0 with host {url.host}")
    else:
        process.complain(f"*   Trying {reply.address}:{url.port}...")
    if reply.response is None:
        if reply.outcome is Outcome.REFUSED:
            process.complain(f"* connect to {reply.address} port {url.port} failed: Connection refused")
            process.complain(
                f"* Failed to connect to {url.host} port {url.port} after 1 ms: Couldn't connect to server"
            )
        elif reply.outcome is Outcome.TIMED_OUT:
            process.complain(f"* {_timed_out(options, url)}")
        process.complain("* Closing connection 0")
        return
    if not reply.reused:
        process.complain(f"* Connected to {url.host} ({reply.address}) port {url.port} (#0)")
    process.complain(f"> {request.method} {request.target} HTTP/1.1")
    for name, value in request.headers:
        process.complain(f"> {name}: {value}")
    process.complain("> ")
    for line in _head(reply.response):
        process.complain(f"< {line}")
    process.complain("< ")
    if request.method != "HEAD" and reply.response.body:
        process.complain(f"{{ [{reply.response.size} bytes data]")
    process.complain(f"* Connection #0 to host {url.host} left intact")


def _write_out(process: Process, options: Options, url: Url, typed: str, reply: Reply, code: int, message: str) -> None:
    form = options.values.get("write-out")
    if form is None:
        return
    response = reply.response
    connected = reply.outcome is Outcome.ANSWERED
    status = f"{response.status:03d}" if response else "000"
    values = {
        "http_code": status,
        "response_code": status,
        "remote_ip": reply.address if connected else "",
        "remote_port": str(url.port) if connected else "0",
        "size_download": str(response.size) if response else "0",
        "time_total": f"{min(reply.seconds, _limits(options)[0]):.6f}",
        "exitcode": str(code),
        "errormsg": message,
        "url": typed,
        "url_effective": typed if "://" in typed else f"HTTP://{typed}/",
        "content_type": next((v for k, v in response.headers if k == "Content-Type"), "") if response else "",
        "num_connects": "1" if connected and not reply.reused else "0",
        "method": _request(options, url).method,
        "http_version": "1.1" if response else "0",
        "redirect_url": next((v for k, v in response.headers if k == "Location"), "") if response else "",
        "stderr": "",
    }

    def put(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[1] not in values:
            raise not_emulated("curl", f"-w %{{{found[1]}}}")
        return values[found[1]]

    form = form.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
    process.write(WRITE_OUT.sub(put, form))
