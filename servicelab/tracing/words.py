"""Predictions, probes and traces in plain sentences."""

from collections.abc import Iterable
from dataclasses import replace

from servicelab.checks.words import OUTCOMES, listed
from servicelab.network.prediction import Prediction
from servicelab.network.verdict import Outcome, Verdict
from servicelab.tracing.trace import Result, Trace

RESULTS = {
    Result.HELD: "The prediction held.",
    Result.DIFFERS: "The prediction did not hold.",
    Result.PREDICTED: "Predicted only.",
    Result.UNMODELLED: "Nothing was predicted.",
}
SAME_MODEL = "On the embedded cluster the request itself takes the way that the model gives; kind would prove it."


def either(words: Iterable[str]) -> str:
    """`a, b or c`."""
    return " or ".join(listed(words).rsplit(" and ", 1))


def verdict_sentence(verdict: Verdict) -> str:
    """How a request ended, as far as its client could tell."""
    if not verdict.answered:
        detail = f" ({verdict.detail.strip()})" if verdict.detail.strip() else ""
        return f"{OUTCOMES[verdict.outcome]}{detail}"
    by = f" by {verdict.by}" if verdict.by else ""
    source = f", which saw the request come from {verdict.seen_source}" if verdict.seen_source else ""
    return f"answered{by}{source}"


def prediction_sentence(prediction: Prediction) -> str:
    """What may become of a request."""
    if prediction.unmodelled:
        return f"nothing, because {prediction.unmodelled}"
    ends = []
    for outcome in prediction.outcomes:
        words = OUTCOMES[outcome]
        if outcome is Outcome.ANSWERED:
            words += f" by {either(prediction.by)}" if prediction.by else ""
            seen = either(prediction.seen_sources)
            words += f", which see{'s' if len(prediction.by) < 2 else ''} it come from {seen}" if seen else ""
        ends.append(words)
    return either(ends) + (", as chance has it" if len(ends) > 1 else "")


def result_sentence(found: Trace) -> str:
    """Whether the prediction held, and why nothing more can be said."""
    said = RESULTS[found.result]
    if found.result is Result.PREDICTED and found.probed is not None:
        said += f" {SAME_MODEL}"
    if found.changed:
        said += " (The cluster changed while the request was under way.)"
    return said


def conclusion(found: Trace) -> str:
    """Prediction, probe and result, a line each."""
    if found.probed is None:
        sent = f"not sent: {found.unprobed}"
    else:  # the model's own words stand above already
        sent = verdict_sentence(found.probed if found.is_real else replace(found.probed, detail=""))
    lines = [f"Predicted: {prediction_sentence(found.prediction)}", f"Probed:    {sent}", result_sentence(found)]
    enforcement = found.state.enforcement
    if found.is_real and found.state.policies and not enforcement.enforced:
        lines.append(enforcement.said)
    return "\n".join(lines)
