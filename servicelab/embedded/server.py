"""Serves one embedded cluster over TLS on loopback: `python -m servicelab.embedded.server --state DIR`.

In DIR it keeps the journal, certificates and token; it writes `kubeconfig`, and `server.json` (port and pid) once it
answers. SIGTERM and SIGINT end it; kill -9 loses nothing that was acknowledged.
"""

import argparse
import asyncio
import hmac
import json
import logging
import os
import random
import secrets
import signal
import socket
import sys
import traceback
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aiohttp import hdrs, web

from servicelab.embedded.api import access, errors
from servicelab.embedded.api.decoding import LARGEST_BODY, parse_json
from servicelab.embedded.api.failures import Unreadable
from servicelab.embedded.api.messages import Connected, Request, Response, Stream, json_response
from servicelab.embedded.certificates import certificates_in, write_private
from servicelab.embedded.clock import SkippingClock, SystemClock
from servicelab.embedded.core import DEFAULT_NAME, Core
from servicelab.embedded.journal import DamagedJournal, Journal, JournalInUse
from servicelab.embedded.kubeconfig import kubeconfig
from servicelab.embedded.store import Store
from servicelab.embedded.system import install
from servicelab.embedded.timers import Timers
from servicelab.embedded.users import ADMINISTRATOR, ANONYMOUS, User, Users, administrator_with

if TYPE_CHECKING:
    from servicelab.embedded.streams.loopback import Loopback

HOST = "127.0.0.1"
LISTENERS = "/lab/v1/listeners"
WAIT = "/lab/v1/wait"
LONGEST_WAIT = 30.0
SKIPPING = "LAB_SKIP_WAITING"
"""The environment variable that asks for a clock which skips what is only waited for; for clusters of one run."""
SHUTDOWN_SECONDS = 1.0
LARGE = 256 * 1024
"""Bytes of a body above which it is sent in pieces of this size."""
AnyResponse = TypeVar("AnyResponse", bound=web.StreamResponse)


class Server:
    """HTTP around a core: login, bodies, streams."""

    def __init__(self, core: Core, token: str) -> None:
        self.core = core
        self.timers = Timers(core)
        self._token = token.encode()
        self._closing = asyncio.Event()
        self._commands: set[asyncio.Task[None]] = set()

    @cached_property
    def loopback(self) -> "Loopback":
        """Listeners on this machine's loopback that lead into the cluster; made when first asked for."""
        from servicelab.embedded.streams.loopback import Loopback

        return Loopback(self.core, self.timers.arm)

    async def close(self) -> None:
        """Let open streams end; end running commands, whose writes are in the journal already."""
        self._closing.set()
        if "loopback" in self.__dict__:
            self.loopback.close()
        for command in self._commands:
            command.cancel()

    async def answer(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        user = self._user(http)
        if user is None:
            return _plain(errors.unauthorized().response())
        try:
            body = await http.read()
        except web.HTTPRequestEntityTooLarge:
            body = b" " * (LARGEST_BODY + 1)  # the core says what is wrong with it
        headers = {name.lower(): value for name, value in http.headers.items()}
        query = {name: http.query.getall(name) for name in http.query}
        request = Request(http.method, http.path, query, headers, body, user)
        if request.path == LISTENERS:
            return _plain(await self.loopback.answer(request))
        if request.path == WAIT:
            return _plain(await self._pass_time(request))
        try:
            answer = self.core.handle(request)
        except Exception as problem:  # a bug of ours, or a full disk: the others' requests go on
            traceback.print_exc()
            return _plain(errors.internal(problem).response())
        finally:
            self.timers.arm()
        if isinstance(answer, Response):
            if answer.seconds:
                await self.timers.sleep(answer.seconds)
            is_large = len(answer.body) > LARGE and http.method != hdrs.METH_HEAD
            return await _large(http, answer) if is_large else _plain(answer)
        if isinstance(answer, Connected):
            from servicelab.embedded.websocket import serve

            return await serve(http, self.core, answer, self.timers, self._commands)
        return await self._stream(http, answer)

    async def _pass_time(self, request: Request) -> Response:
        """POST /lab/v1/wait, as `{"seconds": 0.5}`: answered when so many seconds of the cluster have passed."""
        try:
            access.check(request)
            if request.method != "POST":
                raise errors.method_not_allowed()
            await self.timers.sleep(seconds_to_wait(request.body))
            return json_response({})
        except errors.ApiError as problem:
            return problem.response()

    async def _stream(self, http: web.BaseRequest, stream: Stream) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": stream.content_type})
        for name, value in stream.headers:
            response.headers.add(name, value)
        response.enable_chunked_encoding()
        more = asyncio.Event()
        stream.wake_with(more.set)
        try:
            await response.prepare(http)
            while http.method != hdrs.METH_HEAD:  # which asks for headers alone
                more.clear()
                piece = stream.take()
                if piece:
                    await response.write(piece)
                if stream.ended or self._closing.is_set():
                    break
                if not await self._wait(more, stream):
                    await response.write(stream.last_words())
                    break
            await response.write_eof()
        except ConnectionError:
            pass  # the client went away, which is how watches end
        finally:
            stream.close()
        return response

    async def _wait(self, more: asyncio.Event, stream: Stream) -> bool:
        """Wait until there may be more; False when the stream's time is over."""
        if stream.deadline is not None and self.core.clock.now() >= stream.deadline:
            return False
        next_look = min((moment for moment in (stream.deadline, stream.due) if moment is not None), default=None)
        waits = [asyncio.ensure_future(more.wait()), asyncio.ensure_future(self._closing.wait())]
        try:
            await self.timers.first(waits, next_look)
        finally:
            for wait in waits:
                wait.cancel()
        return True

    def _user(self, http: web.BaseRequest) -> User | None:
        """Who asks, by client certificate, else by token; None for a token that is nobody's."""
        tls = http.transport.get_extra_info("ssl_object") if http.transport else None
        certificate = tls.getpeercert(binary_form=True) if tls else None
        if certificate:
            return administrator_with(certificate)  # only the administrator's is signed by our authority
        scheme, _, token = http.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return ANONYMOUS
        token = token.strip()
        if hmac.compare_digest(token.encode(), self._token):
            return ADMINISTRATOR
        return self.core.users.of_token(token)


def seconds_to_wait(body: bytes) -> float:
    """What a request to wait asks for; ApiError when it is no number of seconds."""
    with suppress(Unreadable):
        match parse_json(body):
            case {"seconds": int() | float() as seconds} if 0 <= seconds <= LONGEST_WAIT:
                return float(seconds)
    raise errors.bad_request(f"the body must be an object with the number `seconds`, at most {LONGEST_WAIT:g}")


async def _large(http: web.BaseRequest, answer: Response) -> web.StreamResponse:
    """Send a large body piece by piece, as the client takes it: TLS would keep another copy of it."""
    response = _with_headers(web.StreamResponse(status=answer.status), answer)
    response.content_length = len(answer.body)
    try:
        await response.prepare(http)
        for start in range(0, len(answer.body), LARGE):
            await response.write(answer.body[start : start + LARGE])
        await response.write_eof()
    except ConnectionError:
        pass  # the client has seen enough
    return response


def _plain(answer: Response) -> web.Response:
    return _with_headers(web.Response(status=answer.status, body=answer.body), answer)


def _with_headers(response: AnyResponse, answer: Response) -> AnyResponse:
    if answer.content_type:
        response.headers["Content-Type"] = answer.content_type
    response.headers["Cache-Control"] = "no-cache, private"
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response


def open_core(state: Path, cluster_name: str, server_address: str, root_certificate: str = "") -> tuple[Core, Journal]:
    """The cluster that a directory keeps, or a new one. Raises DamagedJournal or JournalInUse."""
    clock = SkippingClock() if os.environ.get(SKIPPING) else SystemClock()
    randomness = random.Random()
    journal = Journal(state / "journal.sqlite")
    store = Store(clock, randomness)
    is_new = journal.empty
    journal.attach(store)
    if is_new:
        install(store, clock, randomness, cluster_name, root_certificate)
    users = Users(store, state / "users.json")
    core = Core(store, clock, randomness, commit=journal.commit, server_address=server_address, users=users)
    core.settle()
    return core, journal


def listening_socket(wished: int, remembered: int) -> socket.socket:
    """A socket on loopback: on the wished port, else the one of last time when it is free, else any free one."""
    for port in [wished] if wished else [remembered, 0] if remembered else [0]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            listener.close()
            continue
        listener.listen(128)
        return listener
    raise OSError(f"port {wished} on {HOST} is in use by another program; choose another with --port")


def _token(state: Path) -> str:
    path = state / "token"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32).encode() + b"\n")
    return path.read_text().strip()


def _remembered_port(state: Path) -> int:
    with suppress(OSError, ValueError):
        return int((state / "port").read_text())
    return 0


async def serve(state: Path, cluster_name: str, wished_port: int) -> None:
    """Serve until told to stop."""
    listener = listening_socket(wished_port, _remembered_port(state))
    port = listener.getsockname()[1]
    certificates = certificates_in(state)
    core, journal = open_core(state, cluster_name, f"{HOST}:{port}", certificates.authority.read_text())
    server = Server(core, _token(state))
    application = web.Application(client_max_size=LARGEST_BODY)
    application.router.add_route("*", "/{path:.*}", server.answer)
    # What is no HTTP is answered 400, and a fault of ours is logged where it happens: aiohttp's log would only fill up.
    logging.getLogger("aiohttp.server").disabled = True
    runner = web.AppRunner(application, handler_cancellation=True, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    await runner.setup()
    site = web.SockSite(runner, listener, ssl_context=certificates.tls())
    await site.start()
    server.timers.arm()
    write_private(state / "port", f"{port}\n".encode())
    url = f"https://{HOST}:{port}"
    write_private(state / "kubeconfig", kubeconfig(cluster_name, url, certificates))
    write_private(state / "server.json", json.dumps({"port": port, "pid": os.getpid(), "name": cluster_name}).encode())
    print(f"embedded cluster {cluster_name} is ready on {url}", flush=True)
    try:
        await stop.wait()
    finally:
        (state / "server.json").unlink(missing_ok=True)
        await server.close()
        await runner.cleanup()
        journal.close()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)  # all is done: being told again must not look like a violent end


def main() -> None:
    """The command line; exit code 1 with one sentence when the cluster cannot be served."""
    parser = argparse.ArgumentParser(
        prog="python -m servicelab.embedded.server", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--state", type=Path, required=True, help="the cluster's directory")
    parser.add_argument(
        "--port", type=int, default=0, help="the port to listen on (default: the last one, or a free one)"
    )
    parser.add_argument("--name", default=DEFAULT_NAME, help="the cluster's name")
    arguments = parser.parse_args()
    os.umask(0o077)
    arguments.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        asyncio.run(serve(arguments.state, arguments.name, arguments.port))
    except (DamagedJournal, JournalInUse, OSError) as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
