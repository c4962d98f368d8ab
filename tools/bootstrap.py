"""Makes the Python environment of `./lab`: the locked packages, each checked against its hash, and the project itself.

Standard library only: it runs before anything is installed. `python tools/bootstrap.py ENVIRONMENT [WORDS OF lab ...]`.
Two that start at once wait for each other; one that was interrupted is done again from the beginning. Where the words
(`--bundle DIR`) or LAB_BUNDLE name a bundle with Python packages, these are installed and no network is used.

`python tools/bootstrap.py --target` prints for whom packages fit that fit this Python, as bundles say it.
"""

import contextlib
import hashlib
import importlib.util
import itertools
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

COURSE = Path(__file__).resolve().parent.parent
LOCK = COURSE / "requirements.lock"
NOTES = "lab-setup"
"""The folder in the environment that says what it was made from; `lab` compares it with what is there now."""
UNFINISHED = "lab-setup-unfinished"
TRY_AGAIN = "Then run the same command again."
Causes = tuple[tuple[str, str], ...]
CAUSES: Causes = (
    (
        r"No space left on device|os error 28|Disk quota exceeded|os error 122",
        "The disk is full.\nThe environment needs about 1 GB at {environment}. Make room. " + TRY_AGAIN,
    ),
    (
        r"[Hh]ash mismatch|DO NOT MATCH THE HASHES|hashes? (?:is|are) missing|required to have a hash",
        "A downloaded package is not the one that requirements.lock expects (its hash differs): it was not installed."
        "\nA proxy or a package mirror on your network may change files; use another network or mirror. " + TRY_AGAIN,
    ),
    (
        r"dns error|[Nn]ame or service not known|[Tt]emporary failure in name resolution|NewConnectionError"
        r"|Failed to (?:fetch|connect)|[Cc]onnection (?:refused|reset|timed out|broken)|[Nn]etwork is unreachable"
        r"|from versions: none|error sending request|request failed|ConnectTimeout|ReadTimeout|ProxyError"
        r"|tcp connect error",
        "The packages could not be downloaded.\nCheck the internet connection (and the proxy, if there is one). "
        + TRY_AGAIN,
    ),
    (
        r"[Pp]ermission denied|os error 13|Read-only file system|os error 30",
        "The environment's folder cannot be written: {environment}\nSet LAB_HOME to a folder of yours. " + TRY_AGAIN,
    ),
)
"""What an installer's words mean for the person who reads them; the first that matches is told."""
NOT_IN_BUNDLE = (
    r"from versions: none|No matching distribution|[Bb]ecause .* (?:was|were) not found|network was disabled",
    "The bundle lacks a package that fits this machine.\nOn such a machine with the internet, `./lab bundle create` "
    "with the bundle's folder adds it.",
)
"""What the same words mean when the packages come from a bundle."""


class SetupFailed(Exception):
    """The environment could not be made; the message says why and what to do."""


def main(environment: Path, words: list[str]) -> int:
    """Make the environment unless it is there; the exit status for the shell."""
    try:
        environment.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with only_one(environment):
            if not is_ready(environment):
                set_up(environment, wheels_of(named_bundle(words)))
    except SetupFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{explain(str(error), environment)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up was interrupted. The next start does it again.", file=sys.stderr)
        return 130
    return 0


def is_ready(environment: Path) -> bool:
    """Whether the environment was made for this folder from this lock; `lab` asks the same in shell."""
    notes = environment / NOTES
    try:
        return (
            python_of(environment).exists()
            and (notes / "course").read_text(encoding="utf-8") == f"{COURSE}\n"
            and all((notes / file.name).read_bytes() == file.read_bytes() for file in made_from())
        )
    except OSError:
        return False


def made_from() -> tuple[Path, ...]:
    """The files that decide what is in the environment."""
    return LOCK, COURSE / "pyproject.toml"


def python_of(environment: Path) -> Path:
    """The environment's Python."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def named_bundle(words: list[str]) -> Path | None:
    """The bundle that the words of `lab` name with --bundle, or LAB_BUNDLE does."""
    named = os.environ.get("LAB_BUNDLE")
    for word, following in itertools.zip_longest(words, words[1:]):
        if word == "--bundle":
            named = following
        elif word.startswith("--bundle="):
            named = word.removeprefix("--bundle=")
    return Path(named).expanduser().absolute() if named else None


def wheels_of(bundle: Path | None) -> Path | None:
    """The folder of a bundle's Python packages, each checked against its digest; None without such a bundle.

    SetupFailed, with the file's name, when the bundle is damaged, or made for another course or other machines.
    """
    if bundle is None:
        return None
    description = bundle / "bundle.json"
    try:
        part = json.loads(description.read_text(encoding="utf-8")).get("wheels")
        if part is None:
            return None
        folder, files, fits = bundle / part["directory"], dict(part["files"]), part["for"]
        if part["lock"] != digest_of(LOCK):
            raise SetupFailed(
                f"{description} is of another version of this course: its packages are not those of {LOCK}."
            )
    except OSError as error:
        unfinished = (
            " It was never finished: run `lab bundle create` again." if any(bundle.glob("unfinished.json")) else ""
        )
        raise SetupFailed(f"There is no bundle in {bundle}: {error.strerror}.{unfinished}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupFailed(f"The bundle's file {description} is damaged. Get the bundle again.") from error
    if target() not in fits:
        raise SetupFailed(
            f"The packages in {bundle} are for {' and for '.join(fits)}; this is {target()}.\n{NOT_IN_BUNDLE[1]}"
        )
    print(f"Checking the packages in {bundle}.", file=sys.stderr)
    for name, digest in files.items():
        if Path(name).name != name or not (folder / name).is_file():
            raise SetupFailed(f"The bundle lacks the file {folder / name}. Get the bundle again.")
        if digest_of(folder / name) != digest:
            raise SetupFailed(
                f"The bundle's file {folder / name} is damaged: its sha256 is not the one in bundle.json."
            )
    return folder


def digest_of(file: Path) -> str:
    """A file's sha256."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def target() -> str:
    """For whom packages fit that fit this Python, as in `Python 3.11, Linux x86_64`."""
    return f"Python {sys.version_info.major}.{sys.version_info.minor}, {platform.system()} {platform.machine()}"


def set_up(environment: Path, wheels: Path | None) -> None:
    """Make the environment, from these wheels if there are any; the notes that say it is whole are written last."""
    started = time.monotonic()
    packages = len(re.findall(r"^[A-Za-z0-9]", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    print(f"Setting up Service Lab in {environment}: {packages} packages, once, about a minute.", file=sys.stderr)
    uv = shutil.which("uv")
    shutil.rmtree(environment / NOTES, ignore_errors=True)
    if (environment / UNFINISHED).exists() or not uv or not runs(python_of(environment)):
        remove(environment)
        make_empty(environment, uv)
    (environment / UNFINISHED).touch()
    python = str(python_of(environment))
    source = ["--no-index", "--find-links", str(wheels)] if wheels else []
    if uv:
        alone = ["--offline", "--no-config"] if wheels else []
        install = [uv, "pip", "sync", "--python", python, "--require-hashes", *alone, *source, str(LOCK)]
        add_project = [uv, "pip", "install", "--python", python, "--no-deps", "--no-build-isolation", "--no-config"]
    else:
        pip = [python, "-m", "pip", "--disable-pip-version-check", *(["--isolated"] if wheels else [])]
        install = [*pip, "install", "--require-hashes", "--no-deps", "--progress-bar", "off", *source, "-r", str(LOCK)]
        add_project = [*pip, "install", "--no-deps", "--no-build-isolation", "--no-index"]
    causes = (NOT_IN_BUNDLE, *CAUSES) if wheels else CAUSES
    run("Installing packages", install, environment, causes)
    run("Installing the course", [*add_project, "--editable", str(COURSE)], environment)
    write_notes(environment)
    (environment / UNFINISHED).unlink()
    print(f"Set up in {time.monotonic() - started:.0f} s.", file=sys.stderr)


def runs(python: Path) -> bool:
    """Whether this Python starts and is new enough."""
    try:
        ask = [str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.run(ask, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def remove(environment: Path) -> None:
    """Take away what an earlier set-up left, and nothing else: only a folder that is an environment is removed."""
    if not environment.exists():
        return
    known = {"pyvenv.cfg", UNFINISHED, NOTES}
    inside = {path.name for path in environment.iterdir()}
    if inside and not inside & known:
        raise SetupFailed(f"{environment} is not an environment that can be replaced. Move it away. {TRY_AGAIN}")
    shutil.rmtree(environment)


def make_empty(environment: Path, uv: str | None) -> None:
    """A new environment without packages (pip aside, where there is no uv)."""
    if not uv and not importlib.util.find_spec("ensurepip"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupFailed(
            f"This Python {version} cannot make environments: its module ensurepip is missing.\n"
            f"On Debian and Ubuntu: sudo apt install python{version}-venv. {TRY_AGAIN}"
        )
    environment.mkdir(parents=True)
    (environment / UNFINISHED).touch()
    make = [uv, "venv", "--allow-existing", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    run("Making the environment", [*make, str(environment)], environment)


def run(doing: str, command: list[str], environment: Path, causes: Causes = CAUSES) -> None:
    """Run a step and show that it lives; SetupFailed with its cause when it fails."""
    variables = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=variables
        )
        try:
            show_progress(doing, process)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if process.returncode != 0:
            output.seek(0)
            raise SetupFailed(explain(output.read().decode(errors="replace"), environment, causes))


def show_progress(doing: str, process: "subprocess.Popen[bytes]") -> None:
    """Until the process ends: a line with the seconds so far, anew each second on a terminal, else every ten."""
    started = time.monotonic()
    on_terminal = sys.stderr.isatty()
    while True:
        try:
            process.wait(timeout=1 if on_terminal else 10)
            break
        except subprocess.TimeoutExpired:
            line = f"  {doing}: {time.monotonic() - started:.0f} s"
            print(f"\r{line}" if on_terminal else line, end="" if on_terminal else "\n", file=sys.stderr, flush=True)
    if on_terminal:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def explain(said: str, environment: Path, causes: Causes = CAUSES) -> str:
    """What went wrong, for a person: a known cause, or the installer's own last words."""
    for pattern, meaning in causes:
        if re.search(pattern, said):
            return meaning.format(environment=environment)
    last = "\n".join(f"  {line}" for line in said.strip().splitlines()[-15:])
    return f"The environment could not be made. The installer's last words:\n{last}"


def write_notes(environment: Path) -> None:
    """Say what the environment was made from."""
    notes = environment / NOTES
    notes.mkdir()
    for file in made_from():
        shutil.copyfile(file, notes / file.name)
    (notes / "course").write_text(f"{COURSE}\n", encoding="utf-8")


@contextlib.contextmanager
def only_one(environment: Path) -> Iterator[None]:
    """Hold the lock beside the environment; the system lets go of it when the holder dies, however it dies."""
    with environment.with_name(f"{environment.name}.lock").open("a+b") as file:
        if not take(file, wait=False):
            print("Another `lab` is setting up the same environment; waiting for it.", file=sys.stderr)
            while not take(file, wait=True):
                pass  # Windows gives up waiting after ten seconds
        yield


def take(file: IO[bytes], *, wait: bool) -> bool:
    """Take the file's lock; False when another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    if sys.argv[1:] == ["--target"]:
        print(target())
    else:
        sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
