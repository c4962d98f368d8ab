"""How long a second `lab start` takes until it says Ready: `python -m benchmarks.start` in the course's folder.

The first start, which copies files and makes certificates, is told apart. Also times `lab demo`.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.running_lab import RunningLab

RUNS = 5


def start(home: Path) -> float:
    """Seconds from the command to its Ready."""
    started = time.perf_counter()
    lab = RunningLab(home)
    try:
        lab.wait_until_ready()
        return time.perf_counter() - started
    finally:
        lab.end()


def main() -> None:
    """Measure and print."""
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, runs: {RUNS}")
    with tempfile.TemporaryDirectory() as folder:
        print(f"first start   {start(Path(folder)):.2f} s")
        later = [start(Path(folder)) for _ in range(RUNS)]
        print(f"later starts  {statistics.median(later):.2f} s, at most {max(later):.2f} (limit 5)")
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "servicelab.cli", "demo"], stdout=subprocess.DEVNULL, check=True)
    print(f"lab demo      {time.perf_counter() - started:.2f} s (limit 30)")


if __name__ == "__main__":
    main()
