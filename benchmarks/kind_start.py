"""From no cluster to ready with MetalLB, beside a bare `kind create cluster` with the same configuration.

`python -m benchmarks.kind_start` in the course's folder; LAB_BUNDLE names a bundle where there is no internet. The two
alternate, so that what else the machine does slows down both; what counts is their ratio (limit 1.5). The images are in
Docker before the first run.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from servicelab.cluster import bundle as bundles
from servicelab.cluster import commands, images, kind_config, kind_program, lifecycle
from servicelab.cluster.home import Home
from servicelab.cluster.progress import Silent

RUNS = 3
LIMIT = 1.5
LONGEST = 900.0


def bare(home: Home, name: str) -> float:
    """Seconds of kind alone, which says it is done before the nodes are Ready."""
    bundle = bundles.find(home)
    program, image = kind_program.find(bundle), images.prepare_node_image(bundle, Silent())
    config = home.root / "bare.yaml"
    config.write_text(kind_config.render(kind_config.find_file().read_text())[0])
    words = [f"--name={name}", f"--kubeconfig={home.root / 'bare.kubeconfig'}"]
    started = time.perf_counter()
    try:
        made = commands.run(
            [program, "create", "cluster", *words, f"--image={image.reference}", f"--config={config}"], timeout=LONGEST
        )
        made.or_raise("kind failed")
        return time.perf_counter() - started
    finally:
        commands.run([program, "delete", "cluster", *words], timeout=LONGEST).or_raise("the bare cluster stays")


def whole(home: Home, name: str) -> float:
    """Seconds of `lab cluster start`, until nodes, DNS, the client outside and MetalLB are there."""
    started = time.perf_counter()
    try:
        lifecycle.start("kind", name, home=home)
        return time.perf_counter() - started
    finally:
        lifecycle.delete("kind", name, home=home)


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        bare_times, whole_times = [], []
        for run in range(runs):
            bare_times.append(bare(home, "life-bare"))
            whole_times.append(whole(home, "life-whole"))
            print(f"run {run + 1}: bare {bare_times[-1]:.1f} s, whole {whole_times[-1]:.1f} s", flush=True)
    ratio = statistics.median(whole_times) / statistics.median(bare_times)
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, runs: {runs} of each, alternating")
    print(f"kind create cluster   median {statistics.median(bare_times):.1f} s")
    print(f"lab cluster start     median {statistics.median(whole_times):.1f} s, ratio {ratio:.2f} (limit {LIMIT})")


if __name__ == "__main__":
    main()
