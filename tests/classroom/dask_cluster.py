"""A Dask cluster of processes for the tests: `python -m tests.classroom.dask_cluster`, a process of its own.

It prints the scheduler's address and the workers' process ids as JSON, and ends when its input does.
"""

import json
import sys

from distributed import LocalCluster

WORKERS = 2

if __name__ == "__main__":
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        pids = [worker.pid for worker in cluster.workers.values()]
        print(json.dumps({"address": cluster.scheduler_address, "workers": pids}), flush=True)
        sys.stdin.read()
