import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded import store as store_module
from servicelab.embedded.clock import ManualClock
from servicelab.embedded.resources import CONFIG_MAPS, SERVICES
from servicelab.embedded.store import ChangeKind, Conflict, Gone, Store, copy_of


def fresh(seed=1):
    return Store(ManualClock(), random.Random(seed))


def config_map(name, value="1", namespace="default"):
    return {"metadata": {"name": name, "namespace": namespace}, "data": {"value": value}}


def test_create_gives_identity_and_leaves_the_input_alone():
    store, wish = fresh(), config_map("a")
    kept = store.create(CONFIG_MAPS, wish)
    assert {"uid", "resourceVersion", "creationTimestamp"} <= set(kept["metadata"])
    assert wish == config_map("a")
    with pytest.raises(Conflict):
        store.create(CONFIG_MAPS, wish)


def test_same_seed_same_uids():
    one, other = (fresh(7).create(CONFIG_MAPS, config_map("a")) for _ in range(2))
    assert one == other


def test_update_needs_the_present_version():
    store = fresh()
    first = store.create(CONFIG_MAPS, config_map("a"))
    changed = copy_of(first)
    changed["data"]["value"] = "2"
    store.update(CONFIG_MAPS, changed)
    with pytest.raises(Conflict):
        store.update(CONFIG_MAPS, changed)
    with pytest.raises(Conflict):
        store.update(CONFIG_MAPS, config_map("gone"))


def test_a_write_that_changes_nothing_is_none():
    store, heard = fresh(), []
    kept = store.create(CONFIG_MAPS, config_map("a"))
    stop = store.on_change(heard.append)
    assert store.update(CONFIG_MAPS, copy_of(kept)) is kept
    assert heard == []
    store.delete(CONFIG_MAPS, "default", "a")
    assert [change.kind for change in heard] == [ChangeKind.DELETED]
    stop()
    store.create(CONFIG_MAPS, config_map("a"))
    assert len(heard) == 1


def test_history_ends(monkeypatch):
    monkeypatch.setattr(store_module, "HISTORY", 3)
    store = fresh()
    for number in range(5):
        store.create(CONFIG_MAPS, config_map(f"n{number}"))
    assert len(store.changes_since(store.revision - 3)) == 3
    with pytest.raises(Gone):
        store.changes_since(store.revision - 4)
    with pytest.raises(Gone):
        store.objects_at(1, CONFIG_MAPS)


def test_restore_begins_a_new_history():
    store, later = fresh(), fresh()
    kept = store.create(CONFIG_MAPS, config_map("a"))
    later.restore(store.revision, [(CONFIG_MAPS, kept)])
    assert later.get(CONFIG_MAPS, "default", "a") == kept
    assert later.changes_since(store.revision) == []
    with pytest.raises(Gone):
        later.changes_since(store.revision - 1)


writes = st.lists(
    st.tuples(
        st.sampled_from(["write", "delete"]),
        st.sampled_from(["x", "y"]),
        st.sampled_from("abc"),
        st.integers(0, 3).map(str),
    ),
    max_size=25,
)


@given(writes)
def test_objects_at_any_revision_are_as_they_were(steps):
    store, moments = fresh(), {}

    def remember():
        for namespace in (None, "x"):
            moments[store.revision, namespace] = list(store.objects(CONFIG_MAPS, namespace))

    remember()
    for action, namespace, name, value in steps:
        kept = store.get(CONFIG_MAPS, namespace, name)
        if action == "delete":
            store.delete(CONFIG_MAPS, namespace, name)
        elif kept is None:
            store.create(CONFIG_MAPS, config_map(name, value, namespace))
        else:
            store.update(CONFIG_MAPS, {**copy_of(kept), "data": {"value": value}})
        remember()
        store.create(SERVICES, config_map(f"noise-{store.revision}"))
        remember()
    for (revision, namespace), objects in moments.items():
        assert store.objects_at(revision, CONFIG_MAPS, namespace) == objects


@given(writes)
def test_replaying_changes_gives_the_same_store(steps):
    store, replayed = fresh(), {}
    for action, namespace, name, value in steps:
        kept = store.get(CONFIG_MAPS, namespace, name)
        if action == "delete":
            store.delete(CONFIG_MAPS, namespace, name)
        elif kept is None:
            store.create(CONFIG_MAPS, config_map(name, value, namespace))
        else:
            store.update(CONFIG_MAPS, {**copy_of(kept), "data": {"value": value}})
    revisions = [change.revision for change in store.changes_since(1)]
    assert revisions == sorted(set(revisions))
    for change in store.changes_since(1):
        key = (change.object["metadata"]["namespace"], change.object["metadata"]["name"])
        assert replayed.get(key) == change.before
        if change.kind is ChangeKind.DELETED:
            del replayed[key]
        else:
            replayed[key] = change.object
    assert [replayed[key] for key in sorted(replayed)] == list(store.objects(CONFIG_MAPS))
