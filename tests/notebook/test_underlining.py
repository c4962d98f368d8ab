"""What is underlined in a cell: the line, and exactly what running the cell prints about it."""

import pytest

from servicelab.notebook import magics
from servicelab.notebook.underlining import marks

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
    - port: 80
"""
HEADING = "%%manifest --no-apply web.yaml\n"


def underlined(cell: str) -> list[tuple[str, str]]:
    """The underlined text of each mark, cut as a browser cuts it, and the mark's severity."""
    units = cell.encode("utf-16-le", "surrogatepass")
    return [(units[2 * mark.start : 2 * mark.end].decode("utf-16-le"), mark.severity) for mark in marks(cell, {})]


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        (HEADING + SERVICE.replace("  ports", "  selector: {}\n   tier: x\n  ports"), "tier: x"),
        (HEADING + SERVICE.replace("  name: web\n", "  labels: {}\n"), "metadata:"),
        (HEADING + SERVICE.replace("kind: Service\n", ""), "apiVersion: v1"),
        (
            HEADING + SERVICE.replace("metadata", "# 🚢🚢 é\u2028\nmetadata").replace("port: 80", 'port: "80'),
            '- port: "80',
        ),
        (HEADING + SERVICE.replace("  name", "\t name"), "name: web"),
        (HEADING + SERVICE + "  selector: [web\n\n\n", "selector: [web"),
        (HEADING + "- 1", "- 1"),
        (f"\n \n{HEADING.strip()}\r\n{SERVICE}a: b: c\r\n", "a: b: c"),
        ("\n%%manifest\nkind: Service", "%%manifest"),
        ("%%manifest ../x.yaml", "%%manifest ../x.yaml"),
        ("%%answer predictions\nfar: refused\nnear: a: b\n", "near: a: b"),
        ("%%answer A B\nfar: refused\n", "%%answer A B"),
    ],
)
def test_the_wrong_line_is_underlined(cell, line):
    assert underlined(cell) == [(line, "error")]


@pytest.mark.parametrize(
    "cell", [HEADING, HEADING + SERVICE, f"{HEADING}\n\n", "%%answer a\n", "print(1)", "%%time\na: b: c", ""]
)
def test_nothing_else_is(cell):
    assert marks(cell, {}) == []


def test_what_kubernetes_reads_otherwise_than_it_looks_is_a_warning():
    cell = HEADING + SERVICE.replace("spec:", "  labels: {beta: no, web: yes}\nspec:")
    assert underlined(cell) == [("labels: {beta: no, web: yes}", "warning")] * 2


@pytest.mark.parametrize("wrong", ["  name: web\n   app: x\n", "  labels: {web: no}\n", "  name: 010\n"])
def test_the_words_are_those_that_running_prints(wrong, capsys):
    cell = HEADING + SERVICE.replace("  name: web\n", wrong)
    first, _, text = cell.partition("\n")
    magics.manifest(first.removeprefix("%%manifest "), text)
    printed = capsys.readouterr().out.splitlines()[:-1]
    assert printed
    assert [mark.text for mark in marks(cell, {})] == printed


KUBECTL = """\
The Service "web" is invalid: \n\
* spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive
* spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"""
UNKNOWN = (
    'Error from server (BadRequest): error when creating "STDIN": Service in version "v1" cannot be handled as a '
    'Service: strict decoding error: unknown field "spec.ports[0].tagetPort", unknown field "spec.selectr"'
)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (KUBECTL, [("- port: 0", KUBECTL.splitlines()[1]), ("nodePort: 1", KUBECTL.splitlines()[2])]),
        (UNKNOWN, [("tagetPort: 80", UNKNOWN), ("selectr: {}", UNKNOWN)]),
        ('The Service "web" is invalid: spec.clusterIPs[0]: Invalid value: "x": must be', [("spec:", None)]),
        ('The Service "web" is invalid: spec.selector: Invalid value: "a b": a valid label', [("spec:", None)]),
        ('The Service "other" is invalid: spec.ports[0].port: Invalid value: 0', []),
        ('The Service "second" is invalid: metadata.name: Invalid value: "second": no', [("name: second", None)]),
        ("service/web created", []),
    ],
)
def test_what_the_cluster_refused_is_underlined_in_the_words_of_kubectl(words, lines):
    text = SERVICE.replace("    - port: 80", "    - port: 0\n      nodePort: 1\n      tagetPort: 80\n  selectr: {}")
    text += "  clusterIP: x\n---\n" + SERVICE.replace("name: web", "name: second")
    cell = HEADING + text
    found = marks(cell, {"web.yaml": (text, words)})
    assert [cell[mark.start : mark.end] for mark in found] == [line for line, _ in lines]
    assert [mark.text for mark in found] == [said or words for _, said in lines]
    assert marks(cell + "# changed", {"web.yaml": (text, words)}) == []
