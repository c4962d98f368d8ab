"""The archive a student hands in, and reading one that anybody may have made."""

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from servicelab.classroom.handing_in import RECEIPT, archive, receipt, unpacked
from servicelab.course.progress_record import COLUMNS, read_record, written
from servicelab.course.submission import LARGEST_NOTEBOOK

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
TOLD = receipt("clusterip", "ada", b"{}", "0.1", NOW)


def packed(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return data.getvalue()


def test_there_and_back():
    assert unpacked(archive(b"{}", TOLD), "clusterip") == (b"{}", TOLD, None)
    assert TOLD.submitted == NOW and len(TOLD.sha256) == 64


def test_a_record_of_progress_goes_with_it():
    record = read_record(written({table: [] for table in COLUMNS}).encode())
    found = unpacked(archive(b"{}", TOLD, record), "clusterip")
    assert found == (b"{}", TOLD, record)
    damaged = packed({"clusterip.ipynb": b"{}", "progress.json": b"{"})
    assert unpacked(damaged, "clusterip").progress is None


def test_an_archive_that_a_student_made():
    assert unpacked(packed({"x/homework.ipynb": b"{}"}), "clusterip") == (b"{}", None, None)
    both = {"old.ipynb": b"[]", "../../clusterip.ipynb": b"{}"}
    assert unpacked(packed(both), "clusterip") == (b"{}", None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 5000,
        json.dumps({"submitted": "yesterday"}),
        TOLD.text().replace("+00:00", ""),
        TOLD.text().replace('"ada"', "1"),
    ],
)
def test_a_receipt_that_is_none(text):
    files = {"clusterip/clusterip.ipynb": b"{}", f"clusterip/{RECEIPT}": text}
    assert unpacked(packed(files), "clusterip") == (b"{}", None, None)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK", "cannot be read"),
        (packed({}), "holds 0 notebooks"),
        (packed({"a.ipynb": b"", "b.ipynb": b""}), "holds 2 notebooks"),
        (packed({"a/clusterip.ipynb": b"", "b/clusterip.ipynb": b""}), "holds 2 notebooks"),
        (packed({"clusterip.ipynb": bytes(LARGEST_NOTEBOOK + 1)}), "more than 20 MB"),
        (packed({"clusterip.ipynb": b"x" * 1000})[:-60], "cannot be read"),
    ],
    ids=["no archive", "empty", "two", "twice", "bomb", "cut"],
)
def test_what_cannot_be_taken_says_why(data, said):
    with pytest.raises(ValueError, match=said):
        unpacked(data, "clusterip")
