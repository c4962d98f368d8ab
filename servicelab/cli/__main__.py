"""`python -m servicelab.cli` is the `lab` command; the bootstrap script calls it so."""

from servicelab.cli.main import main

main()
