import json

from servicelab.embedded import store as store_module
from servicelab.embedded.api.watch import ENDS_BY_ITSELF
from servicelab.embedded.core import fresh_core
from tests.embedded.api.support import CONFIG_MAPS, TABLE, call, config_map, events, made, opened

MERGE = {"Content-Type": "application/merge-patch+json"}
MINE = f"{CONFIG_MAPS}?watch=true&labelSelector=mine"


def names(watch):
    return [(kind, object["metadata"].get("name")) for kind, object in events(watch)]


def label(core, name, value):
    call(core, "PATCH", f"{CONFIG_MAPS}/{name}", {"metadata": {"labels": {"mine": value}}}, **MERGE)


def test_what_is_there_then_what_changes(core):
    made(core, CONFIG_MAPS, config_map("a", labels={"mine": "1"}))
    watch = opened(core, MINE)
    assert names(watch) == [("ADDED", "a")]
    made(core, CONFIG_MAPS, config_map("b", labels={"mine": "1"}))
    made(core, CONFIG_MAPS, config_map("other"))
    label(core, "a", "2")
    call(core, "DELETE", f"{CONFIG_MAPS}/b")
    assert names(watch) == [("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "b")]


def test_entering_and_leaving_the_selection(core):
    made(core, CONFIG_MAPS, config_map("a"))
    watch = opened(core, MINE)
    label(core, "a", "1")
    label(core, "a", None)
    assert names(watch) == [("ADDED", "a"), ("DELETED", "a")]


def test_from_a_version(core):
    first = made(core, CONFIG_MAPS, config_map("a", labels={"mine": "1"}))
    made(core, CONFIG_MAPS, config_map("b", labels={"mine": "1"}))
    version = first["metadata"]["resourceVersion"]
    assert names(opened(core, f"{MINE}&resourceVersion={version}")) == [("ADDED", "b")]


def test_watch_list_says_when_all_is_sent(core):
    made(core, CONFIG_MAPS, config_map("a", labels={"mine": "1"}))
    asks = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    watch = opened(core, MINE + asks)
    (added, _), (bookmark, object) = events(watch)
    assert (added, bookmark) == ("ADDED", "BOOKMARK")
    assert object["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert object["metadata"]["resourceVersion"] == str(core.store.revision)


def test_tables_send_columns_once(core):
    made(core, CONFIG_MAPS, config_map("a", labels={"mine": "1"}))
    made(core, CONFIG_MAPS, config_map("b", labels={"mine": "1"}))
    first, second = [object for _, object in events(opened(core, MINE, **TABLE))]
    assert first["columnDefinitions"]
    assert second["columnDefinitions"] is None
    assert second["rows"][0]["cells"][0] == "b"


def test_too_old_a_version(monkeypatch):
    monkeypatch.setattr(store_module, "HISTORY", 5)
    core = fresh_core(seed=1)
    for number in range(8):
        made(core, CONFIG_MAPS, config_map(f"n{number}"))
    watch = opened(core, f"{CONFIG_MAPS}?watch=true&resourceVersion=2")
    [(kind, status)] = events(watch)
    assert (kind, status["code"], status["reason"]) == ("ERROR", 410, "Expired")
    assert watch.ended


def test_time_limits(core):
    now = core.clock.now()
    assert opened(core, f"{MINE}&timeoutSeconds=7").deadline == now + 7
    watch = opened(core, f"{MINE}&allowWatchBookmarks=true")
    assert ENDS_BY_ITSELF <= watch.deadline - now <= 2 * ENDS_BY_ITSELF
    assert json.loads(watch.last_words())["type"] == "BOOKMARK"


def test_a_closed_watch_hears_nothing(core):
    woken = []
    watch = opened(core, MINE)
    watch.wake_with(lambda: woken.append(1))
    made(core, CONFIG_MAPS, config_map("a", labels={"mine": "1"}))
    assert woken == [1]
    watch.close()
    made(core, CONFIG_MAPS, config_map("b", labels={"mine": "1"}))
    assert woken == [1]
    watch.close()


def test_one_object_by_field(core):
    made(core, CONFIG_MAPS, config_map("a"))
    made(core, CONFIG_MAPS, config_map("b"))
    assert names(opened(core, f"{CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Db")) == [("ADDED", "b")]
    assert names(opened(core, f"{CONFIG_MAPS}/b?watch=true")) == [("ADDED", "b")]
