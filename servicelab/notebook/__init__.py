"""IPython magics (`%%manifest`, `%%answer`, `%probe`, `%check`…), the check view, the grade cell's `score`.

Heavy imports happen when something is used, so that `%load_ext servicelab.notebook` is quick.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """What `%load_ext servicelab.notebook` calls."""
    from servicelab.notebook import front_end, last_words
    from servicelab.notebook.completing import complete
    from servicelab.notebook.magics import register

    register(shell)
    last_words.keep()
    front_end.listen(shell)
    complete(shell)


def score(slug: str) -> float:
    """Run the checks of an exercise on this notebook's manifests, show them, and return the points for nbgrader."""
    from servicelab.notebook.checking import score as grade

    return grade(slug)


def check(slug: str) -> None:
    """Run the checks of an exercise on this notebook's manifests and show what they found."""
    from servicelab.notebook.checking import check as show

    show(slug)
