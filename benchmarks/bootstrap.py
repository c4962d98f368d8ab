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


def seconds(*commands: list[str | Path]) -> list[float]:
    """The median time of each command, from its start to its end; they take turns, so that load hits all alike."""
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(RUNS):
        for command, taken in zip(commands, times, strict=True):
            started = time.perf_counter()
            subprocess.run(command, cwd=COURSE, stdout=subprocess.DEVNULL, check=True)
            taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in times]


def main() -> None:
    """Measure and print."""
    lab = COURSE / "lab"
    subprocess.run([lab, "--version"], stdout=subprocess.DEVNULL, check=True)  # set up, if need be
    python = COURSE / ".venv" / "bin" / "python"
    with_bootstrap, without, helped = seconds(
        [lab, "--version"], [python, "-P", "-m", "servicelab.cli", "--version"], [lab, "--help"]
    )
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, runs of each: {RUNS}")
    print(f"./lab --version       {with_bootstrap:.3f} s")
    print(f"the same without it   {without:.3f} s")
    print(f"the bootstrap's share {with_bootstrap - without:.3f} s (at most 0.15)")
    print(f"./lab --help          {helped:.3f} s (at most 0.5)")


if __name__ == "__main__":
    main()
