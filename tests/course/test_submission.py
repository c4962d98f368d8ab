"""Notebooks are read as data: what is there is found, what is damaged is said, nothing raises."""

import json
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.course.cells import parse_manifest_line, split_cell
from servicelab.course.submission import LARGEST_CELL, parse_notebook, read_notebook


def notebook(*sources, cell_type="code"):
    cells = [{"cell_type": cell_type, "source": source, "metadata": {}, "outputs": []} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def test_manifest_cells_are_found_by_name():
    data = notebook("%load_ext servicelab.notebook", ["%%manifest web.yaml\n", "kind: Service\n"], "%check x")
    assert parse_notebook(data).manifests == {"web.yaml": "kind: Service\n"}


def test_the_last_cell_of_a_name_counts_as_when_run_from_top_to_bottom():
    data = notebook("%%manifest web.yaml\none", "%%manifest --no-apply web.yaml\ntwo")
    assert parse_notebook(data).manifests == {"web.yaml": "two"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("\n\n%%manifest web.yaml\nx", ("web.yaml", "x")),
        ("  \n%%manifest  web.yaml  \nx\n", ("web.yaml", "x\n")),
        ("%%manifest web.yaml", ("web.yaml", "")),
        ("# first\n%%manifest web.yaml\nx", None),
        (" %%manifest web.yaml\nx", None),
        ("%%manifests web.yaml\nx", None),
        ("%manifest web.yaml\nx", None),
        ("", None),
    ],
)
def test_which_cells_are_manifest_cells(source, found):
    cell = split_cell(source)
    assert (cell and (cell.line, cell.text)) == found


def test_ipython_sees_the_same_cells():
    """The magic is called with the same words and text that the reader finds."""
    from IPython.core.inputtransformer2 import TransformerManager

    transform = TransformerManager().transform_cell
    for source in (
        "\n\n%%manifest web.yaml\na: 1\n",
        "%%manifest --no-apply web.yaml\nb",
        "# no\n%%manifest web.yaml\n",
        "%%answer before\nnear: answered\n",
    ):
        found = split_cell(source)
        called = transform(source)
        if found is None:
            assert "run_cell_magic" not in called
        else:
            shell = Mock()
            exec(called, {"get_ipython": lambda shell=shell: shell})
            name, line, text = shell.run_cell_magic.call_args.args
            assert (name, line.strip(), text.rstrip("\n")) == (found.magic, found.line, found.text.rstrip("\n"))


@pytest.mark.parametrize(
    "line", ["", "a.yaml b.yaml", "--apply web.yaml", "../web.yaml", "web.txt", "'web.yaml", "x/y.yaml"]
)
def test_bad_manifest_lines_are_explained(line):
    with pytest.raises(ValueError, match="write %%manifest"):
        parse_manifest_line(line)


def test_answers_are_found_by_the_name_of_their_cell():
    submission = parse_notebook(notebook("%%answer before\nnear: answered\n", "%%answer Not This\nx: y"), "mine.ipynb")
    assert submission.answers == {"before": "near: answered\n"}
    assert submission.problems == (
        "mine.ipynb, cell 2: “Not This” cannot name answers; write %%answer NAME, as the exercise does.",
    )


def test_a_bad_name_is_a_problem_of_that_cell():
    submission = parse_notebook(notebook("1", "%%manifest ../../x.yaml\na"), "mine.ipynb")
    assert submission.manifests == {}
    assert submission.problems[0].startswith("mine.ipynb, cell 2: ")


def test_markdown_cells_are_not_read():
    assert parse_notebook(notebook("%%manifest web.yaml\nx", cell_type="markdown")).manifests == {}


def test_huge_cells_are_not_read():
    submission = parse_notebook(notebook("%%manifest web.yaml\n" + "x" * (LARGEST_CELL + 1)))
    assert submission.manifests == {}
    assert submission.problems


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"cells": 1}',
        b'{"worksheets": []}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 5000,
        b'"x"',
    ],
    ids=range(10),
)
def test_damaged_notebooks_are_said_to_be(data):
    submission = parse_notebook(data)
    assert not submission.notebook_ok
    assert submission.problems


def test_odd_cells_are_passed_over():
    cells = [
        None,
        1,
        {},
        {"cell_type": "code"},
        {"cell_type": "code", "source": 3},
        {"cell_type": "code", "source": [1]},
    ]
    cells.append({"cell_type": "code", "source": "%%manifest web.yaml\nx"})
    assert parse_notebook(json.dumps({"cells": cells}).encode()).manifests == {"web.yaml": "x"}


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "big.ipynb"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    assert not read_notebook(path).notebook_ok


@given(st.binary(max_size=200))
def test_never_raises_on_bytes(data):
    parse_notebook(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.just("%%manifest web.yaml\na: b"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cells", "cell_type", "source", "code"]) | st.text(max_size=5), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_never_raises_on_json(value):
    parse_notebook(json.dumps(value).encode())
    parse_notebook(json.dumps({"cells": [value, {"cell_type": "code", "source": value}]}).encode())
