"""`lab node` from the command line, on the embedded cluster."""

import pytest


@pytest.mark.parametrize("verb", [("node",), ("cluster", "node")])
def test_a_command_on_a_node(lab, verb):
    shown = lab(*verb, "exec", "lab-worker", "--", "hostname")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "lab-worker\n", "")


def test_its_exit_code_is_ours(lab):
    assert lab("node", "exec", "lab-worker", "--", "sh", "-c", "exit 7").returncode == 7


def test_the_rules_of_kube_proxy(lab):
    shown = lab("node", "exec", "lab-worker", "--", "iptables-save", "-t", "nat")
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert "# Left out here:" in shown.stdout
    assert [line for line in lines if line.startswith("*")] == ["*nat"]
    assert any('--comment "shop/web:http cluster IP"' in line and " -j KUBE-SVC-" in line for line in lines)
    assert sum('--comment "shop/web:http -> ' in line for line in lines) == 2
    both = lab("node", "exec", "lab-worker", "--", "iptables-save")
    assert [line for line in both.stdout.splitlines() if line.startswith("*")] == ["*filter", "*nat"]
    assert '--comment "shop/nobody has no endpoints"' in both.stdout
    piped = lab("node", "exec", "lab-worker", "--", "sh", "-c", "iptables-save -t nat | grep -c KUBE-MARK-MASQ")
    assert int(piped.stdout) > 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-t", "foo"), "Table `foo' does not exist"),
        (("-x",), "iptables-save: invalid option -- 'x'"),
        (("-c",), "counting packets (-c) is not emulated"),
        (("-t", "mangle"), "the table mangle, in which kube-proxy has no rules, is not emulated"),
    ],
)
def test_what_iptables_save_refuses(lab, words, said):
    shown = lab("node", "exec", "lab-worker", "--", "iptables-save", *words)
    assert shown.returncode != 0
    assert said in shown.stderr
    assert shown.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere", "--", "hostname"), 'nodes "nowhere" not found'),
        (("lab-worker", "--", "systemctl"), "use a kind cluster for it"),
    ],
)
def test_what_cannot_be_run_says_why(lab, words, said):
    shown = lab("node", "exec", *words)
    assert shown.returncode in (1, 127)
    assert said in shown.stderr
    assert "Traceback" not in shown.stderr
