"""busybox wget as the agnhost image has it; messages and exit codes observed there.

The image's own build crashes when `-T` runs out; here it says what busybox says then.
"""

from servicelab.embedded.programs.client import GIVES_UP
from servicelab.embedded.programs.http import HttpRequest, HttpResponse
from servicelab.embedded.programs.process import Process, UsageProblem, not_emulated
from servicelab.embedded.programs.tools.web import read_url, send
from servicelab.network.verdict import Outcome

USAGE = "Usage: wget [-qS] [--spider] [-O FILE] [-T SEC] [--header STR] [-U AGENT] URL..."
REAL_BUT_MISSING = frozenset("coPY")


def run(process: Process) -> int:
    """wget."""
    flags, values, urls = _options(process.arguments)
    if not urls:
        raise UsageProblem(USAGE)
    code = 0
    for text in urls:
        code = _get(process, flags, values, text)
        if code:
            return code
    return code


def _options(arguments: list[str]) -> tuple[set[str], dict[str, str], list[str]]:
    flags: set[str] = set()
    values: dict[str, str] = {}
    urls: list[str] = []
    words = iter(arguments)
    long_values = {"--header": "header", "--timeout": "T", "--output-document": "O", "--user-agent": "U"}
    for word in words:
        name, equals, value = word.partition("=")
        if word in ("--spider", "--quiet", "--server-response"):
            flags.add({"--spider": "spider", "--quiet": "q", "--server-response": "S"}[word])
        elif name in long_values:
            values[long_values[name]] = value if equals else next(words, "")
        elif word.startswith("--"):
            raise not_emulated("wget", word)
        elif word.startswith("-") and len(word) > 1:
            letters = word[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter in "qS":
                    flags.add(letter)
                elif letter in "OTU":
                    values[letter] = letters or next(words, "")
                    break
                elif letter in REAL_BUT_MISSING:
                    raise not_emulated("wget", f"-{letter}")
                else:
                    raise UsageProblem(f"wget: invalid option -- '{letter}'\n{USAGE}")
        else:
            urls.append(word)
    return flags, values, urls


def _get(process: Process, flags: set[str], values: dict[str, str], text: str) -> int:
    url = read_url(text)
    if url is None:
        process.complain(f"wget: not an http or ftp url: {text}")
        return 1
    agent = values.get("U", "Wget")
    headers = [("Host", url.shown_host), ("User-Agent", agent), ("Connection", "close")]
    if "header" in values:
        name, _, value = values["header"].partition(":")
        headers.append((name.strip(), value.strip()))
    reply = send(process, url, HttpRequest("HEAD" if "spider" in flags else "GET", url.target, tuple(headers)))
    try:
        limit = float(values["T"]) if "T" in values else GIVES_UP
    except ValueError:
        raise UsageProblem(f"wget: invalid number '{values['T']}'") from None
    process.session.spend(min(reply.seconds, limit))
    if reply.outcome is Outcome.NO_SUCH_NAME:
        process.complain(f"wget: bad address '{url.shown_host}'")
        return 1
    quiet = "q" in flags
    if not quiet:
        process.complain(f"Connecting to {url.shown_host} ({reply.address}:{url.port})")
    if reply.outcome is Outcome.REFUSED:
        process.complain(f"wget: can't connect to remote host ({reply.address}): Connection refused")
        return 1
    if reply.outcome is not Outcome.ANSWERED or reply.seconds > limit:
        ran_out = "T" in values and limit < GIVES_UP
        last = f"can't connect to remote host ({reply.address}): Connection timed out"
        process.complain(f"wget: {'download timed out' if ran_out else last}")
        return 1
    if reply.response is None:
        process.complain("wget: error getting response")
        return 1
    return _receive(process, flags, values.get("O", ""), url.target, reply.response)


def _receive(process: Process, flags: set[str], output: str, target: str, response: HttpResponse) -> int:
    if "S" in flags:
        lines = [f"HTTP/1.1 {response.status} {response.reason}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        process.err.extend(f"  {line}\n" for line in (*lines, "Connection: close", ""))
    if response.status >= 300:
        process.complain(f"wget: server returned error: HTTP/1.1 {response.status} {response.reason}")
        return 1
    if "spider" in flags:
        if "q" not in flags:
            process.complain("remote file exists")
        return 0
    name = output or target.split("?")[0].rsplit("/", 1)[-1] or "index.html"
    shown = "stdout" if name == "-" else f"'{name}'"
    if "q" not in flags:
        process.complain(f"writing to {shown}" if name == "-" else f"saving to {shown}")
    if name == "-":
        process.write(response.body)
    elif problem := process.session.write(
        name if name.startswith("/") else f"/tmp/{name}", response.body, append=False
    ):
        process.complain(f"wget: can't open {shown}: {problem}")
        return 1
    if "q" not in flags:
        label = f"{name[:20]:<20}"
        process.complain(f"{label} 100% |{'*' * 32}| {response.size:5d}  0:00:00 ETA")
        process.complain(f"written to {shown}" if name == "-" else f"{shown} saved")
    return 0
