"""How long `./lab` takes before Python begins, and how long until `lab --help` is there: `benchmarks/bootstrap.py`.

Prints the median of each. The bootstrap's own share is `./lab --version` less the same Python command without it.
"""

import os
import statistics
import subprocess
import time
from pathlib import Path

COURSE = Path(__file__).resolve().parent.parent
RUNS = 15


def seconds(*command: str | Path) -> float:
    """The median time of a command, from its start to its end."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, cwd=COURSE, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    lab = COURSE / "lab"
    subprocess.run([lab, "--version"], stdout=subprocess.DEVNULL, check=True)  # set up, if need be
    python = COURSE / ".venv" / "bin" / "python"
    with_bootstrap, without = seconds(lab, "--version"), seconds(python, "-P", "-m", "servicelab.cli", "--version")
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, runs of each: {RUNS}")
    print(f"./lab --version       {with_bootstrap:.3f} s")
    print(f"the same without it   {without:.3f} s")
    print(f"the bootstrap's share {with_bootstrap - without:.3f} s (at most 0.15)")
    print(f"./lab --help          {seconds(lab, '--help'):.3f} s (at most 0.5)")


if __name__ == "__main__":
    main()
