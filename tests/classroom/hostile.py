"""Hostile and damaged submissions, each made from its number: the same number always makes the same one.

Whatever would be executed, followed or written betrays itself at a canary: a folder that must stay empty, and a port
that nobody may connect to.
"""

import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.classroom.classes import RELEASE, SLUG, SOLUTION

Cells = list[dict[str, Any]]
TEXT = RELEASE.read_text("utf-8")


@dataclass(frozen=True)
class Canary:
    """Where hostile code would leave its mark."""

    folder: Path
    port: int

    def code(self, chance: random.Random) -> str:
        """Something that leaves a mark when IPython, Python or a shell gets hold of it."""
        mark = self.folder / f"mark{chance.randrange(10**6)}"
        return chance.choice(
            [
                f"open({str(mark)!r}, 'w')",
                f"!touch {mark}",
                f"%%bash\ntouch {mark}",
                f"%run -i {mark}",
                f"get_ipython().system('touch {mark}')",
                f"import os; os.environ['LAB_CANARY'] = 'x'; os.system('touch {mark}')",
                f"import socket; socket.create_connection(('127.0.0.1', {self.port}))",
                f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'open({str(mark)!r}, \"w\")'])",
                f"import builtins; builtins.open = lambda *a: None; __import__('pathlib').Path({str(mark)!r}).touch()",
                "import servicelab.notebook as n; n.score = lambda slug: 10.0",
                "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
                "while True: pass",
                "x = [0] * 10**12",
            ]
        )


def make(folder: Path, number: int, canary: Canary) -> str:
    """Write submission `number` into a student's folder for the exercise; which trick it is."""
    chance = random.Random(number)
    name, trick = chance.choice(sorted(TRICKS.items()))
    path = folder / f"{SLUG}.ipynb"
    folder.mkdir(parents=True)
    trick(path, chance, canary)
    return name


def _cell(source: object, **metadata: object) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def _write(path: Path, change: Callable[[Cells, dict[str, Any]], object]) -> None:
    notebook = json.loads(TEXT)
    change(notebook["cells"], notebook)
    path.write_text(json.dumps(notebook), "utf-8")


def _answered(cells: Cells, manifest: str) -> None:
    """Put a text below `%%manifest`."""
    (cell,) = [cell for cell in cells if "".join(cell["source"]).startswith("%%manifest")]
    cell["source"] = f"%%manifest web.yaml\n{manifest}"


def code_cells(path: Path, chance: random.Random, canary: Canary) -> None:
    def change(cells: Cells, _: object) -> None:
        for _times in range(chance.randrange(1, 5)):
            cells.insert(chance.randrange(len(cells) + 1), _cell(canary.code(chance)))

    _write(path, change)


def code_in_answers(path: Path, chance: random.Random, canary: Canary) -> None:
    mark = canary.folder / "answer"
    line = chance.choice(
        [
            f"%%manifest $(touch {mark}).yaml",
            f"%%manifest `touch {mark}`.yaml",
            f"%%manifest {{open({str(mark)!r}, 'w')}}",
            f"%%manifest web.yaml; touch {mark}",
            "%%manifest ../../../../etc/cron.d/x.yaml",
            "%%manifest /etc/passwd",
            "%%manifest 'web.yaml",
            f"%%answer $(touch {mark})",
            f"%%manifest web.yaml --no-apply --output={mark}",
            "%%manifest " + "x" * 5000 + ".yaml",
        ]
    )
    _write(path, lambda cells, _: cells.append(_cell(f"{line}\n{canary.code(chance)}\n{SOLUTION}")))


def yaml_bombs(path: Path, chance: random.Random, canary: Canary) -> None:
    mark = canary.folder / "yaml"
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    text = chance.choice(
        [
            laughs,
            "&a [*a]\n",
            "a: &a {b: *a}\n",
            "[" * 90_000,
            "{a: " * 20_000,
            "- " * 30_000 + "x",
            "? " * 20_000,
            f'!!python/object/apply:os.system ["touch {mark}"]\n',
            f"!!python/object/new:subprocess.Popen [[touch, {mark}]]\n",
            f"apiVersion: v1\nkind: !!python/name:os.system touch\nmetadata: {{name: {mark}}}\n",
            "---\n" * 20_000,
            "a: " + "9" * 50_000,
            "a: 1e999999999\nb: .nan\nc: 0x" + "f" * 9_000,
            "a: 1:" * 10_000,
            'a: "\\ud800\\udfff\\x00"\n',
            "\ufeff\u2028a: \u202eb\x85c",
            "a: |\n" + " x\n" * 40_000,
            "<<: [{a: 1}, {a: 2}]\na: 3\na: 4\n",
            "%YAML 99.9\n%TAG ! tag:x,2000:\n---\n!x y\n",
            "\t\t\t:\t-\t?\n",
            "apiVersion: v1\nkind: List\nitems:\n" + "- *x\n" * 500,
        ]
    )
    _write(path, lambda cells, _: _answered(cells, text))


def manifests(path: Path, chance: random.Random, canary: Canary) -> None:
    ports = "".join(f"    - {{name: p{n}, port: {n}}}\n" for n in range(1, chance.choice([2, 50, 1500])))
    service = (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {{app: web}}\n  ports:\n{ports}"
    )
    extra = chance.choice(
        [
            "  externalIPs: [10.96.0.1, 172.18.0.2]\n",
            "  clusterIP: 10.96.0.10\n",
            "  type: ExternalName\n  externalName: web.shop.svc.cluster.local\n",
            "  type: LoadBalancer\n  loadBalancerIP: 0.0.0.0\n",
            "status: {loadBalancer: {ingress: [{ip: 10.96.0.1}]}}\n",
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n",
            "---\napiVersion: v1\nkind: Service\nmetadata: {name: kube-dns, namespace: kube-system}\n",
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1000000}\n",
            "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {hostNetwork: true, containers: []}\n",
            "---\napiVersion: x/v9\nkind: Trouble\nmetadata: {name: web}\n",
        ]
    )
    metadata = chance.choice(
        [
            "",
            "  namespace: visitors\n",
            "  generateName: x\n  uid: 1\n  resourceVersion: '999'\n",
            "  finalizers: [never/ends]\n  deletionTimestamp: 2020-01-01T00:00:00Z\n",
            "  ownerReferences: [{apiVersion: v1, kind: Node, name: lab-worker, uid: x}]\n",
            f"  annotations: {{a: {'x' * 80_000}}}\n",
            "  labels: {" + ", ".join(f"l{n}: v" for n in range(2_000)) + "}\n",
            "  managedFields: [{manager: x, operation: Apply, fieldsV1: {'f:x': 1}}]\n",
        ]
    )
    text = service.replace("spec:\n", f"{metadata}spec:\n", 1) + extra
    _write(path, lambda cells, _: _answered(cells, text))


def outputs(path: Path, chance: random.Random, canary: Canary) -> None:
    size = chance.choice([10_000, 2_000_000])
    output = {"output_type": "display_data", "data": {"text/html": f"<script>{'x' * size}</script>"}, "metadata": {}}
    _write(path, lambda cells, _: [cell.update(outputs=[output]) for cell in cells if cell["cell_type"] == "code"][:1])


def links(path: Path, chance: random.Random, canary: Canary) -> None:
    kind = chance.randrange(5)
    neighbour = path.parents[2] / "honest0" / SLUG
    if kind == 0:
        path.symlink_to(neighbour / path.name)
    elif kind == 1:
        path.symlink_to("/etc/passwd")
    elif kind == 2:
        path.symlink_to(path)
    elif kind == 3:
        path.parent.rmdir()
        path.parent.symlink_to(neighbour)
    else:
        path.symlink_to("/dev/zero")


def files(path: Path, chance: random.Random, canary: Canary) -> None:
    kind = chance.randrange(6)
    if kind == 0:
        path.mkdir()
    elif kind == 1:
        os.mkfifo(path)
    elif kind == 2:
        with path.open("wb") as file:
            file.truncate(21_000_000)
    elif kind == 3:
        path.with_name("\x1b[2J\n$(touch x).ipynb").write_text(TEXT)
    elif kind == 4:
        path.with_name("%s{0}" + "x" * 200 + ".ipynb").write_text(TEXT)
    else:
        for number in range(300):
            path.with_name(f"{number}.ipynb").write_text("{}")


def metadata(path: Path, chance: random.Random, canary: Canary) -> None:
    values = [1e308, -1, 10**30, "10", None, True, [10], {"a": 1}, float("nan"), "\ud800", "x" * 100_000]

    def change(cells: Cells, notebook: dict[str, Any]) -> None:
        for cell in cells:
            mark = cell["metadata"].get("nbgrader")
            if mark and chance.random() < 0.7:
                mark[chance.choice(sorted(mark))] = chance.choice(values)
        notebook["metadata"][chance.choice(["servicelab", "kernelspec", "student"])] = chance.choice(
            [{"course_version": chance.choice(values)}, {"argv": ["touch", str(canary.folder / "k")]}, "honest0", []]
        )
        notebook["nbformat"] = chance.choice([4, 3, 99, "4", None])

    _write(path, change)


def cells_moved(path: Path, chance: random.Random, canary: Canary) -> None:
    def change(cells: Cells, _: object) -> None:
        for _times in range(chance.randrange(1, 6)):
            cell = chance.choice(cells)
            chance.choice([cells.remove, cells.append, lambda one: cells.insert(0, one)])(cell)
        if chance.random() < 0.3:
            chance.shuffle(cells)

    _write(path, change)


def many_cells(path: Path, chance: random.Random, canary: Canary) -> None:
    source = chance.choice(["", " \n" * 50, f"%%manifest web.yaml\n{SOLUTION}", canary.code(chance), ["a", 1], None])
    _write(path, lambda cells, _: cells.extend([_cell(source)] * 10_000))


def long_cells(path: Path, chance: random.Random, canary: Canary) -> None:
    source = chance.choice(
        [" \n" * 300_000, "\n\r" * 300_000, " " * 1_000_000, "%%manifest web.yaml\n" + "#" * 300_000]
    )
    _write(path, lambda cells, _: cells.append(_cell(source)))


def no_notebook(path: Path, chance: random.Random, canary: Canary) -> None:
    whole = TEXT.encode()
    data = chance.choice(
        [
            b"",
            b"null",
            b"[]",
            b'{"cells": {}}',
            b'{"cells": [null, 1, "x", [], {"cell_type": "code", "source": {}}]}',
            b"[" * 200_000,
            b'{"a":' * 200_000,
            b'{"cells": [], "cells": [{"cell_type": "code", "source": "%%manifest web.yaml"}]}',
            b'{"cells": [' + b"1" * 100_000 + b"]}",
            b'{"cells": [NaN, Infinity, -1e999]}',
            whole[: chance.randrange(len(whole))],
            whole.decode().encode("utf-16"),
            b"\xef\xbb\xbf" + whole,
            b"PK\x03\x04" + os.urandom(0) + bytes(chance.randrange(256) for _ in range(2_000)),
            whole.replace(b"%%manifest", b"%%\\u0000manifest"),
            b'{"cells": [' + b"{}," * 500_000 + b"{}]}",
        ]
    )
    path.write_bytes(data)


def flipped_bytes(path: Path, chance: random.Random, canary: Canary) -> None:
    """A right solution with some bytes changed."""

    def change(cells: Cells, _: object) -> None:
        _answered(cells, SOLUTION)

    _write(path, change)
    data = bytearray(path.read_bytes())
    for _times in range(chance.randrange(1, 30)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(bytes(data))


TRICKS: dict[str, Callable[[Path, random.Random, Canary], None]] = {
    trick.__name__: trick
    for trick in (
        code_cells, code_in_answers, yaml_bombs, manifests, outputs, links, files, metadata, cells_moved, many_cells,
        long_cells, no_notebook, flipped_bytes,
    )
}  # fmt: skip
NAMES = [
    "..%2f..%2fetc", "a b", "'; DROP TABLE student; --", "<script>alert(1)", "{0}%s${HOME}", "-rf", "~root",
    "Ada", "ada\u0301", "\U0001f600", "CON", "a" * 128, "b" * 129, "\x1b[2J", "new\nline", "\udcff", "*", "?", "+",
]  # fmt: skip
"""Folders' names that a student, or an archive of one, could bring."""
