"""A shared server: JupyterHub gives each user a JupyterLab and an embedded cluster of their own. docs/shared-server.md

    jupyterhub --config jupyterhub_config.py

Users are users of this machine, logged in by PAM. For another login or spawner change the lines that name them; what
stands below those is what Service Lab needs.
"""

import os
import pwd
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

c = get_config()  # noqa: F821  (given by traitlets)

c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allow_all = True  # every user of this machine; name some instead: c.Authenticator.allowed_users
c.JupyterHub.spawner_class = "localprocess"  # servers run as the user who logged in, so nobody reads others' files

# starts the user's cluster, brings the lessons, and then JupyterHub's own single-user server
c.Spawner.cmd = [sys.executable, "-P", "-m", "servicelab.cli.run_server", "jupyterhub-singleuser"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 120  # seconds; usually it takes five

# Where `lab` keeps a user's cluster, files and progress. SQLite files are among them, so it must be a disk of this
# machine and not a home directory on the network.
homes = Path(os.environ.get("LAB_HOMES", "/var/lib/servicelab"))


def lab_home(spawner: Any) -> str:
    """The user's own folder there."""
    return str(homes / spawner.user.escaped_name)


def make_lab_home(spawner: Any) -> None:
    """Make it before the user's server does, for nobody else to look into."""
    homes.mkdir(mode=0o711, parents=True, exist_ok=True)
    Path(lab_home(spawner)).mkdir(mode=0o700, exist_ok=True)
    with suppress(LookupError):  # a user whom this machine does not know runs as the hub does
        shutil.chown(lab_home(spawner), spawner.user.name, pwd.getpwnam(spawner.user.name).pw_gid)


c.Spawner.pre_spawn_hook = make_lab_home
c.Spawner.environment = {
    "LAB_HOME": lab_home,
    # who it is in the class, so that values and marks are theirs
    "LAB_STUDENT": lambda spawner: spawner.user.name,
}
c.Spawner.env_keep = ["PATH", "LANG", "LC_ALL", "VIRTUAL_ENV"]  # nothing of the hub's own environment besides

# limits that systemdspawner, dockerspawner and kubespawner keep; localprocess does not
c.Spawner.mem_limit = "2G"
c.Spawner.cpu_limit = 1
