"""Pods that are written: whether they can be asked yet. Why they cannot is tried by the mistakes of first-requests."""

from servicelab.checks.pods import STARTED_WITHIN, is_served
from servicelab.course import Submission, load_course
from servicelab.course.engine import prepared, submitted
from servicelab.course.variant import reference

COURSE = load_course()
EXERCISE = COURSE.exercise("first-requests")
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: booth, labels: {app: lemonade}}
spec:
  containers:
    - name: server
      image: registry.k8s.io/e2e-test-images/agnhost:2.63.0
      args: ["netexec", "--http-port=8080"]
      readinessProbe: {httpGet: {port: PROBED}, periodSeconds: 1}
"""


def served(cluster, probed):
    """Whether the Pod is so from the first moment, and whether in the end."""
    with prepared(EXERCISE, COURSE, cluster, reference(EXERCISE)) as lab:
        lab = submitted(EXERCISE, Submission({"pod.yaml": POD.replace("PROBED", probed)}), lab)
        at_once = is_served(lab, "booth")
        return at_once, lab.comes_true("the Pod", lambda: is_served(lab, "booth"), STARTED_WITHIN)


def test_a_pod_is_served_once_it_is_ready_and_listed(embedded_cluster):
    assert served(embedded_cluster, "8080") == (False, True)


def test_a_pod_that_is_never_ready_is_never_served(embedded_cluster):
    assert served(embedded_cluster, "9090") == (False, False)
