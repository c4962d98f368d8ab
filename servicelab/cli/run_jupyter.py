"""JupyterLab's process: `python -m servicelab.cli.run_jupyter`.

Leaves out the grammar of internationalised addresses (IRI) that jsonschema loads where it can: it takes a second at
each start, and no schema of Jupyter's names one. jsonschema takes its absence as an ordinary installation without it.
"""

import sys


def main() -> None:
    """Run JupyterLab."""
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # makes its import an ImportError
    from jupyterlab.labapp import main as run  # type: ignore[import-untyped]

    run()


if __name__ == "__main__":
    main()
