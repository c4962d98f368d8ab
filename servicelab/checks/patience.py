"""How long a check waits for one request."""

from collections.abc import Iterator

PATIENCE_OF_A_REQUEST = 1.0
"""Seconds a single request may take. Within a cluster an answer takes milliseconds, and one that comes late is asked
for again; silence counts only beside an answer."""
FIRST_PATIENCE = 0.25
"""Seconds the first of several requests may take. The nodes' rules follow a manifest within about a second; a packet
lost before is sent again only after a whole one, so that a new request is answered sooner (seen on kind v1.36.3)."""


def growing_patience() -> Iterator[float]:
    """Seconds that one request after the other may take, where an answer is awaited that the next may bring."""
    patience = FIRST_PATIENCE
    while True:
        yield patience
        patience = min(patience * 1.5, PATIENCE_OF_A_REQUEST)
