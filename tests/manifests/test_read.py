"""Manifests are read as Kubernetes reads them, with places, and nothing a learner writes raises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.manifests import read

SERVICE = """\
# a comment
apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
    app.kubernetes.io/name: web
spec:
  ports:
  - port: 80
    targetPort: 8080
"""


def problem_of(text):
    reading = read(text, "web.yaml")
    assert len(reading.problems) == 1, reading.problems
    return reading.problems[0]


def test_objects_and_places():
    reading = read(SERVICE)
    (manifest,) = reading.manifests
    assert reading.problems == reading.surprises == ()
    assert (manifest.kind, manifest.name, manifest.namespace) == ("Service", "web", None)
    assert manifest.object["spec"]["ports"] == [{"port": 80, "targetPort": 8080}]
    assert manifest.position("spec.ports[0].targetPort") == (11, 5)
    assert manifest.position("spec.ports[0].nodePort") == (10, 5)
    assert manifest.position("metadata.labels[app.kubernetes.io/name]") == (7, 5)
    assert manifest.position("status.loadBalancer") == (2, 1)


def test_several_documents_and_empty_ones():
    reading = read(f"---\n{SERVICE}---\n# nothing\n---\n{SERVICE.replace('name: web', 'name: two', 1)}")
    assert [manifest.name for manifest in reading.manifests] == ["web", "two"]
    assert reading.manifests[1].position("metadata.name")[0] > 12


def test_a_list_gives_its_items():
    text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: web}\n"
    (manifest,) = read(text).manifests
    assert manifest.name == "web"
    assert manifest.position("metadata.name") == (6, 14)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n---\n", "~"])
def test_nothing_written_is_no_problem(text):
    assert read(text).manifests == read(text).problems == ()


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        (SERVICE.replace("name: web\n", "name: web: x\n", 1), 5, 12, "second colon"),
        (SERVICE.replace("kind: Service\n", "kind Service\n", 1), 3, 1, "Line 3 has no colon"),
        (SERVICE.replace("  ports", "\tports"), 9, 1, "tab"),
        (SERVICE.replace("    targetPort", "   targetPort"), 11, 4, "indentation"),
        (SERVICE.replace("port: 80\n", 'port: "80\n'), 10, 11, "never closed"),
        (SERVICE.replace("8080", "[8080"), 12, 1, "not closed"),
        (SERVICE.replace("8080", "@web"), 11, 17, "in quotes"),
        (SERVICE + "    port: 81\n", 12, 5, "already set on line 10"),
        (SERVICE.replace("kind: Service\n", ""), 2, 1, "kind is missing"),
        (SERVICE.replace("name: web\n", "nam: web\n", 1), 4, 1, "metadata.name is missing"),
        (SERVICE.replace("name: web\n", "name: 12\n", 1), 5, 3, "no text"),
        (SERVICE.replace("8080", "*nothing"), 11, 17, "no anchor"),
        (SERVICE.replace("8080", "&a [*a]"), 11, 17, "contain itself"),
        (SERVICE.replace("8080", ".inf"), 11, 17, "no number"),
        (SERVICE.replace("8080", "!!binary aGk="), 11, 17, "Tags"),
        ("- apiVersion: v1\n", 1, 1, "no manifest"),
        ("just text", 1, 1, "no manifest"),
        (SERVICE.replace("web\n", "w\x07b\n", 1), 5, 10, "forbids"),
    ],
)
def test_problems_name_their_place(text, line, column, words):
    problem = problem_of(text)
    assert (problem.line, problem.column) == (line, column), str(problem)
    assert words in problem.message
    assert problem.expected


@pytest.mark.parametrize(
    ("written", "value", "surprising"),
    [
        ("no", False, True),
        ("y", True, True),
        ("On", True, True),
        ("true", True, False),
        ("0777", 511, True),
        ("089", 89, False),
        ("0o17", 15, False),
        ("1_000", 1000, False),
        ("12:30", "12:30", True),
        ("1e3", 1000, False),
        (".5", 0.5, False),
        ("5.", 5, False),
        ("0b11", 3, False),
        ("0x1F", 31, False),
        ("+5", 5, False),
        ("=", "=", False),
        ("~", None, False),
        ("2001-01-01", "2001-01-01", False),
        ('"no"', "no", False),
        ("!!str 80", "80", False),
        ("0xG", "0xG", False),
        ("99999999999999999999", 99999999999999999999.0, False),
    ],
)
def test_plain_words_mean_what_kubectl_makes_of_them(written, value, surprising):
    reading = read(SERVICE + f"  a: {written}\n")
    got = reading.manifests[0].object["spec"]["a"]
    assert (got, type(got)) == (value, type(value))
    assert bool(reading.surprises) == surprising
    if surprising:
        assert (reading.surprises[0].line, reading.surprises[0].path) == (12, "spec.a")


def test_merge_keys():
    text = "apiVersion: v1\nkind: Service\nmetadata: &m {name: web}\nspec:\n  name: own\n  <<: *m\n"
    assert read(text).manifests[0].object["spec"] == {"name": "own"}


LAUGHS = "a: &a0 [x]\n" + "".join(f"b{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "[" * 2000,
        "{a: " * 2000,
        "- " * 40_000,
        "a" * 200_000,
        "[" + "1," * 20_000 + "]",
        '"\\UFFFFFFFF"',
        "x: " + "9" * 50_000,
        "\ud800",
    ],
    ids=range(9),
)
def test_hostile_texts_end_in_a_problem(text):
    reading = read(text)
    assert reading.problems


@given(st.text(max_size=300))
def test_never_raises_on_text(text):
    read(text)


PIECES = ["a", ":", " ", "\n", "- ", "  ", "&x ", "*x", "[", "]", "{", "}", ",", "'", '"', "#", "---\n", "? ", "|", ">"]
ODD_PIECES = [
    "!!int ",
    "!t ",
    "<<",
    "%YAML 9.9\n",
    "\t",
    "0777",
    "no",
    ".nan",
    "kind: List\nitems: ",
    "1e999",
    "\\",
    "@",
]
yamlish = st.lists(st.sampled_from(PIECES + ODD_PIECES), max_size=60).map("".join)


@given(yamlish)
def test_never_raises_on_what_looks_like_yaml(text):
    for problem in (*read(text).problems, *read(text).surprises):
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(values)
def test_json_reads_back_as_itself(value):
    """JSON is YAML; a Kubernetes manifest may be either."""
    text = json.dumps({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": value})
    (manifest,) = read(text).manifests
    assert manifest.object["spec"] == value
