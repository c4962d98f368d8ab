"""A Jupyter server for one user where somebody else starts it: `python -m servicelab.cli.run_server COMMAND…`.

The user's own embedded cluster and files, as `lab start` makes them, and the given server on them: JupyterHub's spawner
starts `jupyterhub-singleuser` so (jupyterhub_config.py), the Dockerfile `jupyter-lab`. When the server ends, or a
signal comes, all of it ends; what is in the cluster stays for the next time.
"""

import subprocess
import sys
from contextlib import ExitStack

from rich.console import Console

from servicelab.cli.jupyter import STOPS_WITHIN
from servicelab.cli.session import Ending
from servicelab.cli.start import environment, provide_kubectl, stop_with_this, tell_network_disk
from servicelab.cli.workspace import Workspace
from servicelab.cluster import commands, lifecycle
from servicelab.cluster.home import DEFAULT_NAME, Home
from servicelab.course.catalogue import load_course
from servicelab.course.files import course_root
from servicelab.course.start_page import NAME, write

KIND = "embedded"


def main() -> None:
    """Run until the server ends, or a signal ends it."""
    home = Home.find()
    workspace = Workspace.find(home, course_root())
    ending = Ending()
    with ending.until_told(), ExitStack() as ends:
        tell_network_disk(Console(stderr=True), home)
        stop_with_this(ends, KIND, DEFAULT_NAME, home)
        with ending.not_now():
            lifecycle.start(KIND, DEFAULT_NAME, home=home)
        lifecycle.remember(home, KIND)
        provide_kubectl(home, None)
        workspace.fetch()
        write(workspace.root, home, load_course(workspace.course))
        shown = [f"--ServerApp.root_dir={workspace.root}", f"--LabApp.default_url=/lab/tree/{NAME}"]
        with ending.not_now():
            server = subprocess.Popen(
                [*sys.argv[1:], *shown],
                cwd=workspace.root,
                env=environment(home, KIND, DEFAULT_NAME),
                start_new_session=True,  # a signal for the group is for this process, which then ends it in order
            )
            ends.callback(commands.end, server, STOPS_WITHIN)
        server.wait()


if __name__ == "__main__":
    main()
