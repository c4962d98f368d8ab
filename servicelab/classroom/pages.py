"""What makes the pages of `lab report`: templates beside this module, in which every text is escaped."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def environment() -> "Environment":
    """A new one, to which filters may be added."""
    from jinja2 import Environment, PackageLoader, select_autoescape

    return Environment(
        loader=PackageLoader("servicelab.classroom", ""),
        autoescape=select_autoescape(default=True, default_for_string=True),
    )
