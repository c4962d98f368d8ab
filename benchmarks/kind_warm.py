"""On a warm kind cluster: how long grading one exercise takes, and a reset: `python -m benchmarks.kind_warm NAME`.

`python -m benchmarks.kind_warm NAME [RUNS]`. NAME is a running kind cluster of this lab (LAB_HOME says whose); what was
made in it is gone afterwards. Before each run the namespaces of the last one are gone: their end is not measured.
"""

import os
import statistics
import sys
import time

from lightkube.resources.core_v1 import Namespace

from servicelab.cluster import lifecycle
from servicelab.cluster.base import Cluster
from servicelab.course import load_course
from servicelab.course.engine import run
from servicelab.course.leftovers import RUN_LABEL
from servicelab.course.submission import read_notebook

RUNS = 3
LEFT = {RUN_LABEL: None}


def wait_until_idle(cluster: Cluster) -> None:
    """Until nothing of a run is left."""
    cluster.wait_until("the last run's namespaces to go", lambda: not list(cluster.api.list(Namespace, labels=LEFT)))


def main() -> None:
    """Measure and print."""
    name, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else RUNS
    course = load_course()
    cluster = lifecycle.open_cluster("kind", name)
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, runs: {runs} of each exercise")
    every: list[float] = []
    for exercise in course.exercises:
        submission = read_notebook(course.root / "solutions" / exercise.slug / f"{exercise.slug}.ipynb")
        taken = []
        for _ in range(runs):
            wait_until_idle(cluster)
            started = time.perf_counter()
            result = run(exercise.slug, submission, cluster, course=course)
            taken.append(time.perf_counter() - started)
            assert result.score == exercise.points, result
        every += taken
        print(f"grade {exercise.slug:18} median {statistics.median(taken):.2f} s, at most {max(taken):.2f}", flush=True)
    print(f"grade one exercise       median {statistics.median(every):.2f} s (limit 6)")
    wait_until_idle(cluster)
    started = time.perf_counter()
    lifecycle.reset("kind", name)
    print(f"reset                           {time.perf_counter() - started:.2f} s (limit 5)")
    cluster.close()


if __name__ == "__main__":
    main()
