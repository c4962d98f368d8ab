"""A class graded in shares: the manifest's own command for each index, side by side, into one PostgreSQL."""

import os
import subprocess
import sys
import uuid

import pytest
import yaml

from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.share import FOLDER, Share
from tests.classroom.classes import COURSE, SLUG, pages, small_class, standing_at
from tests.support.command import run_here

MANIFEST = COURSE.root / "cluster-config" / "grade-job.yaml"
JOB = next(one for one in yaml.safe_load_all(MANIFEST.read_text()) if one["kind"] == "Job")["spec"]
(GRADER,) = JOB["template"]["spec"]["containers"]
SHARE = f"$(JOB_COMPLETION_INDEX)/{JOB['completions']}"
COUNT = 3
"""Shares here; in the manifest there are more."""
MORE = 12
"""Students beside those of the small class."""
SECONDS = 240


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    made = small_class(tmp_path_factory.mktemp("shares") / "course", MORE)
    (made.root / "class.toml").write_text("")
    return made


@pytest.fixture(scope="module")
def by_one(doors, postgresql):
    """What one run leaves: gradebook and pages. It is forgotten then."""
    url = postgresql.create(uuid.uuid4().hex)
    assert lab(doors.root, "grade", SLUG, "--gradebook", url) == f"{MORE + 6} submissions graded."
    found = standing_at(url), pages(CourseDirectory.find(doors.root))
    for path in doors.root.glob("grading.*"):
        path.unlink()
    for page in (doors.root / "feedback").rglob("*.html"):
        page.unlink()
    return found


def lab(root, *words):
    """Run `lab` at home; the first sentence of its last line."""
    command = [sys.executable, "-m", "servicelab.cli", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1].split(" The pages")[0]


def pod(root, index, scratch, url):
    """The process of one index: the container's command, where its volumes are folders here."""
    scratch.mkdir()
    mounts = {"/class": str(root), "/scratch": str(scratch)}

    def here(value):
        value = value.replace(SHARE, f"{index}/{COUNT}")
        for path, folder in mounts.items():
            value = folder + value.removeprefix(path) if value.startswith(path) else value
        return value

    told = {entry["name"]: here(entry["value"]) if "value" in entry else url for entry in GRADER["env"]}
    words = [here(word) for word in (*GRADER["command"], *GRADER["args"])]
    assert words.pop(0) == "lab"
    return subprocess.Popen(
        [sys.executable, "-m", "servicelab.cli", *words],
        cwd=scratch,
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.timeout(600)
def test_all_indexes_side_by_side_give_what_one_run_gives(doors, by_one, postgresql, tmp_path):
    """They begin together and find no gradebook; the run at home after them judges nothing."""
    url = postgresql.create(uuid.uuid4().hex)
    before = {path.name for path in doors.root.iterdir()}
    running = [pod(doors.root, index, tmp_path / str(index), url) for index in range(COUNT)]
    said = [(process.communicate(timeout=SECONDS)[0], process.returncode) for process in running]
    assert [code for _, code in said] == [0] * COUNT, said
    counts = [int(text.split(" submissions graded")[0].split()[-1]) for text, _ in said]
    assert sum(counts) == MORE + 6 and max(counts) < MORE
    assert pages(CourseDirectory.find(doors.root)) == by_one[1]
    assert {path.name for path in doors.root.iterdir()} - before == {FOLDER}  # in the Pod all else is read-only
    closing = lab(doors.root, "grade", SLUG, "--gradebook", url)
    assert closing == f"0 submissions graded; {MORE + 6} did not change since they were."
    assert standing_at(url) == by_one[0]
    assert not list((doors.root / FOLDER).rglob("*.jsonl"))
    assert "clusterip" in lab(doors.root, "report", SLUG)  # from the ledger that took the shares in


def test_each_student_is_in_one_share_whoever_else_there_is():
    students = [f"s{number}" for number in range(2000)]
    shares = [[one for one in students if Share(index, 8).has(one)] for index in range(8)]
    assert sorted(one for share in shares for one in share) == sorted(students)
    assert all(200 < len(share) < 300 for share in shares)


@pytest.mark.parametrize("text", ["", "1", "4/4", "0/0", "-1/4", "a/b", "1/4 ", "1/4/5", "٣/4"])
def test_what_is_no_share(text, capsys):
    with pytest.raises(ValueError, match="write INDEX/COUNT, and count from 0"):
        Share.parse(text)


def test_shares_need_a_gradebook_on_a_server(doors, capsys):
    done = run_here(capsys, "grade", SLUG, "--course", str(doors.root), "--share", "0/2")
    assert done.returncode == 2 and "--gradebook postgresql://" in " ".join(done.stderr.replace("│", "").split())


def test_the_manifest_is_kubernetes(embedded_cluster):
    """Strict validation by the fields of a real API server; what the embedded cluster does not play, it says."""
    made = {"Namespace": "/api/v1/namespaces"}
    made["NetworkPolicy"] = "/apis/networking.k8s.io/v1/namespaces/grading/networkpolicies"
    made["Job"] = "/apis/batch/v1/namespaces/grading/jobs"
    warnings = []
    for one in yaml.safe_load_all(MANIFEST.read_text()):
        query = {"fieldValidation": "Strict"}
        answer = embedded_cluster.rest.send("POST", made.pop(one["kind"]), json=one, query=query)
        assert answer.status_code == 201
        warnings += answer.headers.get_list("Warning")
    assert not made and len(warnings) == 2
    assert "spec.podFailurePolicy" in warnings[0] and "spec.backoffLimitPerIndex" in warnings[1]


def test_the_manifest_says_the_number_of_shares_three_times():
    assert SHARE in GRADER["args"] and JOB["parallelism"] == JOB["completions"]
    assert GRADER["securityContext"]["readOnlyRootFilesystem"]
    # all but the places where a share writes
    mounted = {mount["mountPath"] for mount in GRADER["volumeMounts"] if not mount.get("readOnly")}
    assert mounted == {"/class/feedback", f"/class/{FOLDER}", "/scratch"}
