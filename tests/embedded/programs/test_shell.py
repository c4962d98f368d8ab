import pytest

from servicelab.embedded.programs.shell import run_on_node

LOOP = "for i in $(seq 30); do curl -s http://web/hostname; echo; done | sort | uniq -c"


@pytest.mark.parametrize(
    ("command", "stdout", "code"),
    [
        ("echo 'a  b' \"$HOME\" ${X:-y}", "a  b / y\n", 0),
        ("x=1; while [ $x -le 3 ]; do echo $x; x=$((x+1)); done", "1\n2\n3\n", 0),
        ("if curl -s -m 1 http://web >/dev/null; then echo ok; else echo no; fi", "ok\n", 0),
        ("false || echo $?", "1\n", 0),
        ("true && echo yes; ! true; echo $?", "yes\n1\n", 0),
        ("seq 3 | wc -l", "3\n", 0),
        ("seq 1 2 7", "1\n3\n5\n7\n", 0),
        ("echo -n x; echo -e 'a\\tb'", "xa\tb\n", 0),
        ("printf '%s-%d\\n' a 3 b 4", "a-3\nb-4\n", 0),
        ("echo a | grep b; echo $?", "1\n", 0),
        ("echo $1 $# $0", "0 sh\n", 0),
        ("for i in 1 2 3; do echo $i; done | tail -n 1", "3\n", 0),
        ("echo hi > /tmp/x; cat /tmp/x; wc -l < /tmp/x", "hi\n1\n", 0),
        ("hostname -i; hostname", "10.244.1.9\nclient\n", 0),
        ("echo a b | (read x y; echo $y)", "b\n", 0),
        ("exit 3", "", 3),
        ("a='1 2'; for i in $a \"$a\"; do echo $i; done", "1\n2\n1 2\n", 0),
        ("echo $(echo one; echo two)", "one two\n", 0),
        ("echo out; echo err >&2", "out\n", 0),
        ("(echo both; echo err >&2) 2>&1 | wc -l", "2\n", 0),
    ],
)
def test_the_shell(run, command, stdout, code):
    finished = run(command)
    assert (finished.stdout, finished.exit_code) == (stdout, code)


def test_a_loop_of_requests_counts_the_pods(run):
    lines = run(LOOP).stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["web-1", "web-2", "web-3"]
    assert sum(int(line.split()[0]) for line in lines) == 30


def test_curl_keeps_its_connection_and_so_its_pod(run):
    """As curl 7.88.1 on kind: one process, one connection for each host, one Pod; each process makes a new one."""
    twelve = "curl -s -w ' %{num_connects}\\n' " + "http://web/hostname " * 12
    pods, connects = zip(*(line.split() for line in run(twelve).stdout.splitlines()), strict=True)
    assert (len(set(pods)), connects) == (1, ("1", *"0" * 11))
    source = "curl -s -w '\\n' http://web/clientip http://web/clientip"
    assert len(set(run(source).stdout.splitlines())) == 1


def test_what_is_not_there_is_said_as_busybox_says_it(run):
    finished = run("foo")
    assert finished.exit_code == 127
    assert finished.stderr.splitlines()[0] == "sh: foo: not found"
    assert "kind cluster" in finished.stderr


def test_a_command_that_does_not_exist_cannot_be_started(run):
    finished = run(["foo"])
    assert 'exec: "foo": executable file not found in $PATH' in finished.failure


def test_a_command_on_a_node(world):
    done = run_on_node(world, "lab-worker", ["curl", "-sS", "http://10.96.1.1/hostname"])
    assert (done.stdout in {"web-1", "web-2", "web-3"}, done.exit_code) == (True, 0)
    done = run_on_node(world, "lab-worker", ["curl", "-sS", "http://web.shop/"])
    assert (done.stderr, done.exit_code) == ("curl: (6) Could not resolve host: web.shop\n", 6)
    done = run_on_node(world, "lab-worker", ["tcpdump"])
    assert done.exit_code == 127
    assert done.stderr.startswith("tcpdump is not emulated on the embedded cluster's nodes")
    with pytest.raises(KeyError, match="there is no node lab-nope"):
        run_on_node(world, "lab-nope", ["hostname"])


def test_what_the_model_does_not_know_is_said(run):
    finished = run(["curl", "-s", "https://10.244.1.2:8080/"])
    assert finished.exit_code == 125
    assert "does not speak https on port 8080" in finished.stderr


def test_time_passes_as_commands_take_it(run):
    finished = run("date +%s; sleep 90; date +%s; curl -s -m 3 http://web:81; date +%s")
    first, second, third = map(int, finished.stdout.split())
    assert (second - first, third - second) == (90, 3)
    assert finished.seconds == pytest.approx(93)


def test_an_endless_loop_ends(run):
    assert "ends a command after 3600 s" in run("while true; do sleep 60; done").stderr
    assert "at most 20000 commands" in run("while true; do true; done").stderr


def test_syntax_errors_are_busybox_own(run):
    assert run('unterminated "').stderr == "sh: syntax error: unterminated quoted string\n"
    assert run("if").stderr == 'sh: syntax error: unexpected end of file (expecting "then")\n'


def test_a_script_on_standard_input(run):
    assert run(["sh"], stdin="echo one\necho two\n").stdout == "one\ntwo\n"
