"""How learning platforms call the files of a download."""

from enum import StrEnum


class Layout(StrEnum):
    """How the submissions' files are called."""

    FOLDER = "folder"
    MOODLE = "moodle"
    CANVAS = "canvas"
    BLACKBOARD = "blackboard"
