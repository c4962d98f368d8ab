"""Every record of a long run is about the course as it is now."""

import json

import pytest

from tests.support import records


@pytest.mark.parametrize("name", sorted(path.stem for path in records.FOLDER.glob("*.json")))
def test_is_about_these_files(name):
    record = json.loads((records.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert record["complete"], f"the run for {name} was not finished: ./lab test --full -k {name}"
    assert record["hash"] == records.hash_of(record["inputs"]), (
        f"{', '.join(record['inputs'])} changed since {record['date']}: "
        f"run ./lab test --full -k {name} and commit its record"
    )
