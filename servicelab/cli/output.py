"""What most commands' `-o` takes."""

from enum import StrEnum


class Output(StrEnum):
    """For a person, or for other programs."""

    TEXT = "text"
    JSON = "json"
