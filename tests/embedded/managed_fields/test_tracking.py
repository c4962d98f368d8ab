"""What writers leave behind in `metadata.managedFields`, and that it costs little."""

from servicelab.embedded.core import Core, fresh_core
from servicelab.embedded.managed_fields.tracking import written_by
from servicelab.embedded.resources import CONFIG_MAPS, PODS
from servicelab.embedded.store import copy_of
from tests.embedded.api.support import CONFIG_MAPS as PATH
from tests.embedded.api.support import DEPLOYMENTS, config_map, deployment, made


def kept(core: Core, name: str) -> dict:
    found = core.store.get(CONFIG_MAPS, "default", name)
    assert found is not None
    return found


def test_a_writer_owns_what_it_changes() -> None:
    core = fresh_core(seed=1)
    made(core, PATH, config_map("a"))
    changed = copy_of(kept(core, "a"))
    changed["data"]["c"] = "d"
    with written_by(core.store, "gardener"):
        core.store.update(CONFIG_MAPS, changed)
    entries = {entry["manager"]: entry["fieldsV1"] for entry in kept(core, "a")["metadata"]["managedFields"]}
    assert entries["gardener"] == {"f:data": {"f:c": {}}}
    assert core.store.note_owner is None


def test_a_write_that_changes_nothing_changes_no_owner() -> None:
    core = fresh_core(seed=1)
    made(core, PATH, config_map("a"))
    before, revision = kept(core, "a"), core.store.revision
    with written_by(core.store, "gardener"):
        assert core.store.update(CONFIG_MAPS, copy_of(before)) is before
    assert core.store.revision == revision


def test_pods_that_are_owned_alike_share_one_description() -> None:
    core = fresh_core(seed=1)
    made(core, DEPLOYMENTS, deployment("web", 3))
    core.pass_time(10)
    pods = list(core.store.objects(PODS, "default"))
    assert len(pods) == 3
    assert len({id(pod["metadata"]["managedFields"][0]["fieldsV1"]) for pod in pods}) == 1
