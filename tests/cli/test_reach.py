"""`lab reach` from the command line, on the embedded cluster."""

import json


def test_a_table(lab):
    shown = lab("reach", "-n", "shop")
    assert shown.returncode == 0, shown.stderr
    for words in ("Who reaches the Services of shop", "outside", "client", "load balancer", "no name"):
        assert words in shown.stdout
    assert "requests predicted, none sent." in shown.stdout


def test_json_for_other_programs(lab):
    found = json.loads(lab("reach", "-n", "shop", "-o", "json", "--predict-only").stdout)
    assert found["sources"][0] == "outside"
    assert len(found["cells"]) % len(found["sources"]) == 0
    (cell,) = (one for one in found["cells"] if (one["source"], one["way"]) == ("outside", "load balancer"))
    assert cell["predicted"]["outcomes"] == ["answered"]
    assert (cell["probed"], cell["differs"]) == (None, False)


def test_all_pods(lab):
    few, all_ = (json.loads(lab("reach", "-n", "shop", "-o", "json", *words).stdout) for words in ((), ("--all-pods",)))
    assert len(all_["sources"]) == len(few["sources"]) + 1


def test_a_namespace_without_services(lab):
    assert "There is no Service in the namespace nowhere." in lab("reach", "-n", "nowhere").stdout
