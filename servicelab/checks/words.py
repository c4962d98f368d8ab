"""Small words for sentences to the learner."""

from collections.abc import Iterable, Mapping, Sequence

from servicelab.network.verdict import Outcome, Verdict

OUTCOMES = {
    Outcome.ANSWERED: "answered",
    Outcome.REFUSED: "refused",
    Outcome.TIMED_OUT: "timed out",
    Outcome.NO_SUCH_NAME: "no such name",
    Outcome.RESET: "the connection was reset",
}


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def verdict_words(verdict: Verdict) -> str:
    """How a request ended."""
    if verdict.answered and verdict.by:
        return f"answered by {verdict.by.partition('/')[2] or verdict.by}"
    return OUTCOMES[verdict.outcome]


def labels_words(labels: Mapping[str, str]) -> str:
    """`app=web and tier=front`."""
    return listed([f"{key}={value}" for key, value in sorted(labels.items())])


def number_words(count: int, one: str) -> str:
    """`1 Pod`, `3 Pods`."""
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def port_words(ports: Sequence[int]) -> str:
    """`port 80`, `ports 80 and 443`, `no ports`."""
    if not ports:
        return "no ports"
    return f"{'port' if len(ports) == 1 else 'ports'} {listed([str(port) for port in ports])}"
