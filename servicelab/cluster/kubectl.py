"""A kubectl for every learner: a real one that is here, one downloaded with their consent, or a small stand-in."""

import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from servicelab.cluster import commands
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle, machine_architecture
from servicelab.cluster.home import Home, make_private, read_json, write_private

OLDEST = (1, 31)
"""Older ones speak only SPDY for `exec`, which is not served by everything the lab runs on."""
DOWNLOADED_VERSION = "v1.36.3"
DIGESTS = {
    ("linux", "amd64"): "ebbd080e7c2e275093b55915722043257eb24004363e20acb3c4d71919f88336",
    ("linux", "arm64"): "3d86f24401c41ae5a46ac50eef8865fe891d3647d324a0836f6c63757a126e62",
    ("darwin", "amd64"): "158b3b46cf74e8b6bd9b1d7cd30f665e3efb2bc1ec3c843ec925bcfdd2930de0",
    ("darwin", "arm64"): "fc8582acde13869a606730a79379d6515f30c68afcced0b5ac8789d5d002b7d6",
}
"""sha256 of the official release's files, as several public projects pin them (the release's own checksum files could
not be fetched when this was written). Systems that are not here are refused, not guessed."""
INSTALL_PAGE = "https://kubernetes.io/docs/tasks/tools/"
STAND_IN_VERSION = "stand-in"


@dataclass(frozen=True)
class Found:
    """A kubectl on this machine; `version` as (1, 36), or (0, 0) when it does not tell; `where` it was found, as words
    for the learner."""

    path: Path
    version: tuple[int, int]
    text: str
    where: str = ""


@dataclass(frozen=True)
class Provided:
    """The kubectl that is on the lab's PATH, its version (`v1.36.3`, or `stand-in`), and one line on why that one."""

    path: Path
    version: str
    note: str

    @property
    def is_real(self) -> bool:
        """Whether it is Kubernetes' own kubectl."""
        return self.version != STAND_IN_VERSION


def provide(home: Home, bundle: Bundle | None = None, ask: Callable[[str], bool] | None = None) -> Provided:
    """Put a kubectl into LAB_HOME/bin and say which. `ask` gets a question before anything is downloaded and answers
    whether to; without it nothing is downloaded.

    Order: the bundle's, one on PATH that is new enough, one downloaded before, a download, the stand-in.
    """
    old: list[Found] = []
    found = find(home, bundle, old)
    if found is not None:
        link = _link(home, found.path)
        return Provided(link, found.text, f"kubectl {found.text} {found.where}.{_about(old)}")
    reason = "no kubectl here"
    if ask is not None:
        question = f"There is no kubectl {_dotted(OLDEST)} or newer here. Download {DOWNLOADED_VERSION} from dl.k8s.io?"
        if can_download() and ask(question):
            try:
                link = _link(home, download(home))
                return Provided(link, DOWNLOADED_VERSION, f"kubectl {DOWNLOADED_VERSION}, downloaded.{_about(old)}")
            except MachineError as problem:
                reason = problem.what
        elif not can_download():
            reason = f"no kubectl here, and no verified download for {platform.system()} on {machine_architecture()}"
    path = _stand_in(home)
    note = (
        f"A small stand-in for kubectl ({reason}); for all commands install the real one: {INSTALL_PAGE}.{_about(old)}"
    )
    return Provided(path, STAND_IN_VERSION, note)


def find(home: Home, bundle: Bundle | None = None, old: list[Found] | None = None) -> Found | None:
    """The best real kubectl here; None when there is none that is new enough. `old` gets those that are not."""
    for path, where in _candidates(home, bundle):
        found = examine(home, path)
        if found is not None and found.version >= OLDEST:
            return replace(found, where=where)
        if found is not None and old is not None:
            old.append(found)
    return None


def examine(home: Home, path: Path) -> Found | None:
    """Ask a kubectl for its version, once per file; None when it is no kubectl that runs."""
    try:
        seen = path.stat()
    except OSError:
        return None
    memory = home.cache / "kubectl.json"
    mark = f"{seen.st_size} {seen.st_mtime_ns}"
    known = read_json(memory).get(str(path))
    if isinstance(known, dict) and known.get("mark") == mark:
        text = str(known["version"])
    else:
        try:
            told = commands.run([path, "version", "--client", "--output=json"], timeout=20)
            text = str(json.loads(told.stdout)["clientVersion"]["gitVersion"])
        except (MachineError, ValueError, KeyError, TypeError, OSError):
            return None
        write_private(memory, json.dumps(read_json(memory) | {str(path): {"mark": mark, "version": text}}, indent=2))
    match = re.match(r"v(\d+)\.(\d+)", text)
    return Found(path, (int(match[1]), int(match[2])) if match else (0, 0), text)


def can_download() -> bool:
    """Whether we know the digest of a kubectl for this system."""
    return (platform.system().lower(), machine_architecture()) in DIGESTS


def download(home: Home) -> Path:
    """Fetch the pinned kubectl and verify it before it may run. MachineError when that cannot be done."""
    import httpx2

    system = (platform.system().lower(), machine_architecture())
    if system not in DIGESTS:
        raise MachineError(f"there is no verified kubectl for {' '.join(system)}", f"Install it: {INSTALL_PAGE}")
    address = f"https://dl.k8s.io/release/{DOWNLOADED_VERSION}/bin/{system[0]}/{system[1]}/kubectl"
    try:
        with httpx2.Client(follow_redirects=True, timeout=60) as client:
            content = client.get(address).raise_for_status().content
    except httpx2.HTTPError as problem:
        raise MachineError(
            f"kubectl could not be downloaded from {address}: {problem}", f"Install it: {INSTALL_PAGE}"
        ) from problem
    if hashlib.sha256(content).hexdigest() != DIGESTS[system]:
        raise MachineError(
            f"what {address} gave is not the expected file (its sha256 differs); it was thrown away",
            f"Install kubectl: {INSTALL_PAGE}",
        )
    path = _downloaded(home)
    write_private(path, content)
    path.chmod(0o700)
    return path


def _downloaded(home: Home) -> Path:
    return home.root / "downloads" / f"kubectl-{DOWNLOADED_VERSION}"


def _candidates(home: Home, bundle: Bundle | None) -> Iterator[tuple[Path, str]]:
    """Where a real kubectl may be, best first, each with words for the learner."""
    if bundle is not None and (bundled := bundle.program("kubectl")) is not None:
        yield bundled, "from the bundle"
    for directory in os.environ.get("PATH", "").split(os.pathsep):
        if directory and Path(directory).absolute() != home.bin.absolute():
            found = shutil.which("kubectl", path=directory)
            if found is not None and not _is_stand_in(Path(found)):
                yield Path(found), f"found at {found}"
    if _downloaded(home).exists():
        yield _downloaded(home), "downloaded before"


def _about(old: list[Found]) -> str:
    """A sentence on those that are too old, if any."""
    if not old:
        return ""
    each = ", ".join(f"{found.path} ({found.text})" for found in old)
    return f" Older than {_dotted(OLDEST)} and not used: {each}."


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _link(home: Home, path: Path) -> Path:
    """LAB_HOME/bin/kubectl, leading to `path`."""
    make_private(home.bin)
    if sys.platform == "win32":
        return _launcher(home.bin / "kubectl.cmd", f'@"{path}" %*\r\n')
    place = home.bin / "kubectl"
    if place.is_symlink() and place.readlink() == path.absolute():
        return place
    temporary = home.bin / f".kubectl.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(path.absolute())
    temporary.replace(place)
    return place


MARK = "servicelab.cluster.standin"


def _stand_in(home: Home) -> Path:
    """LAB_HOME/bin/kubectl, a script that runs our stand-in with this Python."""
    if sys.platform == "win32":
        return _launcher(home.bin / "kubectl.cmd", f'@"{sys.executable}" -m {MARK} %*\r\n')
    return _launcher(home.bin / "kubectl", f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {MARK} "$@"\n')


def _launcher(place: Path, text: str) -> Path:
    write_private(place, text)
    place.chmod(0o700)
    return place


def _is_stand_in(path: Path) -> bool:
    """Whether a kubectl on PATH is only another lab's stand-in."""
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(512)
    except OSError:
        return False
