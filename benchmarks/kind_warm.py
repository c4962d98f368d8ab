"""On a warm kind cluster: how long grading one exercise takes, and a reset: `python -m benchmarks.kind_warm NAME`.

NAME is a running kind cluster of this lab (LAB_HOME says whose); what was made in it is gone afterwards.
"""

import os
import statistics
import sys
import time

from servicelab.cluster import lifecycle
from servicelab.course import load_course
from servicelab.course.engine import run
from servicelab.course.submission import read_notebook

RUNS = 9


def main() -> None:
    """Measure and print."""
    name = sys.argv[1]
    course = load_course()
    cluster = lifecycle.open_cluster("kind", name)
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, runs: {RUNS}")
    for exercise in course.exercises:
        submission = read_notebook(course.root / "solutions" / exercise.slug / f"{exercise.slug}.ipynb")
        taken = []
        for _ in range(RUNS):
            started = time.perf_counter()
            result = run(exercise.slug, submission, cluster, course=course)
            taken.append(time.perf_counter() - started)
            assert result.score == exercise.points, result
        print(f"grade {exercise.slug:12} median {statistics.median(taken):.2f} s, at most {max(taken):.2f} (limit 6)")
    started = time.perf_counter()
    lifecycle.reset("kind", name)
    print(f"reset              {time.perf_counter() - started:.2f} s (limit 5)")
    cluster.close()


if __name__ == "__main__":
    main()
