"""Namespaces that a run left behind, because its process was killed: a later run finds and removes them."""

import os
import platform
from collections.abc import Mapping
from datetime import datetime, timedelta

import psutil  # type: ignore[import-untyped]

RUN_LABEL = "servicelab/run"
PROCESS = "servicelab/process"
"""The annotation that says which process on which machine a namespace belongs to, and when that process began."""
LONGEST_RUN = timedelta(hours=1)
"""After this a namespace is left behind, whoever made it: one from another machine, say."""


def process() -> str:
    """This process, so that no later one with the same number is taken for it."""
    return f"{platform.node()}/{os.getpid()}/{psutil.Process().create_time():.2f}"


def is_left(annotations: Mapping[str, str] | None, made: datetime, now: datetime) -> bool:
    """Whether nobody works in a run's namespace any more."""
    if now - made > LONGEST_RUN:
        return True
    machine, _, rest = (annotations or {}).get(PROCESS, "").partition("/")
    number, _, began = rest.partition("/")
    if machine != platform.node() or not number.isdigit():
        return False
    try:
        found = psutil.Process(int(number))
        return f"{found.create_time():.2f}" != began or found.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return not psutil.pid_exists(int(number))
