"""Looks at random states by their seeds: `python -m tests.network.differential SEED… --kubeconfig FILE --name CLUSTER`.

Needs a kind cluster of the lab (`lab cluster start --cluster kind`), with MetalLB and its client outside. Where a flow
differs, make the smallest state that shows it in `tests/network/flows/states_found.py`, record it
(`python -m tests.network.flows.record NAME`), and only then mend the model.
"""

import argparse
from pathlib import Path

from servicelab.cluster.kind_cluster import KindCluster
from tests.network.differential.batch import Standing
from tests.network.differential.looking import Tally, look
from tests.network.flows.states_random import STATES_OF_A_WORLD


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="+", type=int)
    parser.add_argument("--kubeconfig", required=True, type=Path)
    parser.add_argument(
        "--name", default="lab", help="the cluster's name; its client outside is the container NAME-outside"
    )
    options = parser.parse_args()
    cluster = KindCluster(options.name, options.kubeconfig, f"{options.name}-outside", has_load_balancer=True)
    tally = Tally()
    with Standing(cluster, sorted({seed // STATES_OF_A_WORLD for seed in options.seeds})) as standing:
        for seed in options.seeds:
            look(standing, [seed], tally)
            print(f"seed {seed}: {len(tally.differences)} differences so far", flush=True)
    print("\n".join(tally.differences) or f"no difference in {tally.flows} flows; {tally.asked_again} asked again")
    cluster.close()
    raise SystemExit(bool(tally.differences))


if __name__ == "__main__":
    main()
