"""`python -m servicelab.cluster.standin`: what LAB_HOME/bin/kubectl runs when there is no real kubectl."""

import sys

from servicelab.cluster.standin.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
