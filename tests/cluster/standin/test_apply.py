"""The stand-in's patches: what is wanted, and nothing of what is wanted no more."""

import pytest

from servicelab.cluster.base import MachineError
from servicelab.cluster.standin.apply import LAST_APPLIED, read_files, strategic_patch, without_memory


def test_what_went_is_removed_and_what_others_set_stays():
    before = {"spec": {"selector": {"app": "web", "tier": "front"}, "type": "NodePort"}}
    wanted = {"spec": {"selector": {"app": "web"}}}
    assert strategic_patch(before, wanted) == {"spec": {"selector": {"app": "web", "tier": None}, "type": None}}


def test_an_entry_that_went_from_a_merged_list_is_deleted_by_its_key():
    before = {"ports": [{"port": 80}, {"port": 81, "name": "b"}]}
    wanted = {"ports": [{"port": 80, "targetPort": 8080}]}
    assert strategic_patch(before, wanted) == {
        "ports": [{"port": 80, "targetPort": 8080}, {"port": 81, "$patch": "delete"}]
    }


def test_a_field_that_went_from_an_entry_is_removed_in_it():
    before = {"containers": [{"name": "web", "image": "a", "ports": [{"containerPort": 80}]}]}
    wanted = {"containers": [{"name": "web", "image": "b"}]}
    assert strategic_patch(before, wanted) == {"containers": [{"name": "web", "image": "b", "ports": None}]}


def test_a_list_without_keys_is_replaced():
    assert strategic_patch({"args": ["a", "b"]}, {"args": ["c"]}) == {"args": ["c"]}


def test_the_first_time_everything_is_wanted():
    wanted = {"spec": {"ports": [{"port": 80}]}}
    assert strategic_patch({}, wanted) == wanted


def test_the_memory_is_left_out_of_comparisons():
    plain = {"metadata": {"name": "web", "annotations": {}}, "spec": {}}
    remembering = {"metadata": {"name": "web", "annotations": {LAST_APPLIED: "…"}}, "spec": {}}
    assert without_memory(remembering) == without_memory(plain)


def test_files_directories_and_lists(tmp_path):
    (tmp_path / "a.yaml").write_text("kind: A\n---\n---\nkind: B\n")
    (tmp_path / "b.json").write_text('{"kind": "List", "items": [{"kind": "C"}]}')
    (tmp_path / "notes.txt").write_text("not for the cluster")
    assert [manifest["kind"] for _, manifest in read_files([str(tmp_path)])] == ["A", "B", "C"]


@pytest.mark.parametrize("text", ["a: [", "just words", "- list"])
def test_files_that_are_no_manifests(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(MachineError):
        list(read_files([str(tmp_path / "a.yaml")]))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(MachineError, match="cannot be read"):
        list(read_files([str(tmp_path / "none.yaml")]))
