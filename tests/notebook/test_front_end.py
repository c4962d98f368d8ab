"""The comm by which the JupyterLab extension asks the kernel: with a real kernel."""

from jupyter_client.manager import run_kernel

from servicelab.notebook import front_end, session

CELL = "%%manifest web.yaml\nkind: a: b\n"
SECONDS = 60


def answer(client, target: str) -> tuple[str, dict]:
    """What comes back on opening a comm and asking about a cell: the last message's type and data."""
    opened = {"comm_id": "one", "target_name": target, "data": {}}
    client.shell_channel.send(client.session.msg("comm_open", opened))
    asked = client.session.msg("comm_msg", {"comm_id": "one", "data": {"cell": CELL}})
    client.shell_channel.send(asked)
    while True:
        told = client.get_iopub_msg(timeout=SECONDS)
        if told["msg_type"] == "comm_close" or (
            told["msg_type"] == "comm_msg" and told["parent_header"]["msg_id"] == asked["msg_id"]
        ):
            return told["msg_type"], told["content"]["data"]


def test_a_kernel_answers_once_the_magics_are_loaded():
    with run_kernel() as client:
        assert answer(client, "servicelab") == ("comm_close", {})
        loaded = client.execute_interactive("%load_ext servicelab.notebook", timeout=SECONDS)
        assert loaded["content"]["status"] == "ok"
        kind, said = answer(client, "servicelab")
        assert kind == "comm_msg"
        [mark] = said["marks"]
        assert CELL[mark["start"] : mark["end"]] == "kind: a: b"
        assert mark["text"].startswith("web.yaml, line 1, column 8: ")


def test_cells_on_the_screen_take_the_place_of_what_was_run(monkeypatch):
    monkeypatch.setattr(session.SESSION, "manifests", {"web.yaml": "old", "gone.yaml": "from a cell that is gone"})
    monkeypatch.setattr(session.SESSION, "answers", {"far": "old"})
    cells = [
        "%%manifest web.yaml\nnew: 1\n",
        "print(1)",
        "%%answer far\nnear: refused\n",
        "%%manifest ../no.yaml\nx: 1\n",
    ]
    assert front_end.answer({"cells": cells}) == {}
    assert session.SESSION.manifests == {"web.yaml": "new: 1\n", "gone.yaml": "from a cell that is gone"}
    assert session.SESSION.answers == {"far": "near: refused\n"}
