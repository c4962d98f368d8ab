"""A bundle: a directory with all that a class needs, for machines without the internet: images and programs of a kind
cluster, MetalLB's manifest, and the course's Python packages (which `tools/bootstrap.py` installs).

`bundle.json` names its files and their sha256 digests; no file is used before its digest was verified. While a bundle
is being made it has `unfinished.json` instead (`bundle_create.py`). docs/offline.md describes both.
"""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home, read_json, write_private

VARIABLE = "LAB_BUNDLE"
FORMAT = 1
DESCRIPTION = "bundle.json"
UNFINISHED = "unfinished.json"
GO_NAMES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
"""Docker's and uname's names of the architectures that node images exist for, as Go spells them."""


@dataclass(frozen=True)
class Bundle:
    """An opened bundle; nothing but `bundle.json` has been read yet."""

    directory: Path
    node_image: str
    image_tags: tuple[str, ...]
    kubernetes: str
    """As in v1.36.3."""
    architecture: str
    """As Go spells it: amd64, arm64."""
    _facts: dict[str, Any]
    _home: Home

    @property
    def facts(self) -> Mapping[str, Any]:
        """All that bundle.json says, in its own words."""
        return self._facts

    def program(self, name: str) -> Path | None:
        """The verified path of `kind` or `kubectl`; None when the bundle has none for this system."""
        entry = self._facts.get("binaries", {}).get(name)
        if entry is None or not fits_this_system(self.architecture, self._facts.get("system", "linux")):
            return None
        return self.verified(entry["path"], entry["sha256"])

    def metallb_manifest(self) -> Path | None:
        """The verified manifest of MetalLB, whose images the node image or the archive has; None when there is none."""
        entry = self._facts.get("metallb")
        return None if entry is None else self.verified(entry["manifest"], entry["sha256"])

    def image_archive(self) -> Path:
        """The verified archive of all images, as `docker save` writes it, packed with zstd."""
        entry = self._facts["images"]
        return self.verified(entry["archive"], entry["sha256"])

    def load_images(self) -> None:
        """Give all images of the bundle to Docker. MachineError when the archive is damaged or Docker refuses it."""
        entry = self._facts["images"]
        archive = self.image_archive()
        import zstandard

        window = 2 ** int(entry.get("window_log", 27))
        loading = subprocess.Popen(
            ["docker", "load", "--quiet"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert loading.stdin is not None and loading.stdout is not None
        try:
            with archive.open("rb") as packed:
                zstandard.ZstdDecompressor(max_window_size=window).copy_stream(packed, loading.stdin)
            loading.stdin.close()
        except (OSError, zstandard.ZstdError) as problem:
            loading.kill()
            said = loading.stdout.read().decode(errors="replace").strip()
            raise MachineError(
                f"Docker did not take the images of the bundle: {said or problem}", "Is there room on the disk?"
            ) from problem
        except BaseException:
            loading.kill()
            raise
        finally:
            said = loading.stdout.read().decode(errors="replace").strip()
            loading.wait()
        if loading.returncode != 0:
            raise MachineError(f"Docker did not take the images of the bundle: {said}", "Is there room on the disk?")

    def path_of(self, name: str) -> Path:
        """Where a file of the bundle is. MachineError when that would be outside the bundle."""
        path = (self.directory / name).resolve()
        if not path.is_relative_to(self.directory.resolve()):
            raise MachineError(f"the bundle names a file outside itself: {name}", "Get the bundle again.")
        return path

    def verified(self, name: str, digest: str) -> Path:
        """A file of the bundle whose sha256 is right; what was verified once is not read again until it changes."""
        path = self.path_of(name)
        try:
            seen = path.stat()
        except OSError:
            raise MachineError(f"the bundle lacks the file {path}", "Get the bundle again.") from None
        memory = self._home.cache / "verified.json"
        known = read_json(memory)
        mark = f"{seen.st_size} {seen.st_mtime_ns} {digest}"
        if known.get(str(path)) == mark:
            return path
        check(path, digest)
        write_private(memory, json.dumps(read_json(memory) | {str(path): mark}, indent=2))
        return path


def files_of(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each file that a bundle.json names, relative to it, with its sha256; for the parts that are there."""
    if "images" in facts:
        yield facts["images"]["archive"], facts["images"]["sha256"]
    for entry in facts.get("binaries", {}).values():
        yield entry["path"], entry["sha256"]
    if "metallb" in facts:
        yield facts["metallb"]["manifest"], facts["metallb"]["sha256"]
    if "wheels" in facts:
        for name, digest in facts["wheels"]["files"].items():
            yield f"{facts['wheels']['directory']}/{name}", digest


def check(path: Path, digest: str) -> None:
    """MachineError, with the file's name, unless its sha256 is this one."""
    try:
        found = digest_of(path)
    except OSError:
        raise MachineError(f"the bundle lacks the file {path}", "Get the bundle again.") from None
    if found != digest:
        raise MachineError(
            f"the bundle's file {path} is damaged: its sha256 is not the one in bundle.json",
            "Get the bundle again.",
        )


def digest_of(path: Path) -> str:
    """A file's sha256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fits_this_system(architecture: str, system: str = "linux") -> bool:
    """Whether programs for this system and architecture (`amd64`, `arm64`) run here."""
    return platform.system().lower() == system and architecture == machine_architecture()


def machine_architecture() -> str:
    """This machine's architecture as Go spells it."""
    machine = platform.machine().lower()
    return GO_NAMES.get(machine, machine)


def find(home: Home, named: Path | None = None) -> Bundle | None:
    """The bundle that was named, or that LAB_BUNDLE names; None when neither does."""
    variable = os.environ.get(VARIABLE)
    directory = named or (Path(variable) if variable else None)
    return None if directory is None else open_bundle(home, directory.expanduser().absolute())


def open_bundle(home: Home, directory: Path) -> Bundle:
    """Read a bundle's `bundle.json`. MachineError when it is not there or cannot be understood."""
    description = directory / DESCRIPTION
    try:
        facts = json.loads(description.read_text())
        if facts["format"] != FORMAT:
            raise MachineError(
                f"the bundle's format is {facts['format']}; this version of the lab reads format {FORMAT}",
                "Get a bundle that fits this version of the lab.",
            )
        tags, architecture = tuple(facts["images"]["tags"]), facts["architecture"]
        return Bundle(directory, facts["node_image"], tags, facts["kubernetes"], architecture, facts, home)
    except OSError as problem:
        if (directory / UNFINISHED).exists():
            raise MachineError(
                f"the bundle in {directory} was never finished",
                f"Finish it: `lab bundle create {directory}` goes on where it was interrupted.",
            ) from None
        raise MachineError(
            f"there is no bundle in {directory}: {problem.strerror}", "Name the directory that holds bundle.json."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise MachineError(f"the bundle's file {description} is damaged", "Get the bundle again.") from None
