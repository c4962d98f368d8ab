"""What agnhost writes to its log, in klog's form."""

from dataclasses import dataclass
from datetime import UTC, datetime

from servicelab.network.listeners import Program


@dataclass(frozen=True)
class LogLine:
    """One line of a container's log and when it was written, in seconds since 1970."""

    time: float
    text: str
    is_whole: bool = True
    """False: its end is not written yet, or never was."""


def klog(time: float, text: str) -> LogLine:
    """A line as agnhost's `log.Printf` comes out, for example `I1121 11:07:30.314704       1 log.go:244] GET /`."""
    moment = datetime.fromtimestamp(time, UTC).strftime("%m%d %H:%M:%S.%f")
    return LogLine(time, f"I{moment}       1 log.go:244] {text}")


def startup_lines(program: Program, started: float) -> list[LogLine]:
    """What a program writes when it starts; observed with agnhost 2.63.0."""
    if program.error.startswith("Error"):
        return [LogLine(started, text) for text in program.error.split("\n")]
    if program.error:
        return [klog(started, text) for text in program.error.split("\n")]
    if program.name == "netexec":
        lines = []
        for number, listener in enumerate(program.listeners):
            if listener.protocol == "TCP":
                text = f"Started HTTP server on port {listener.port}"
            else:
                text = f"Started UDP server on port {listener.address} {listener.port}"
            lines.append(klog(started + 0.0005 * (number + 1), text))
        return lines
    if program.name == "serve-hostname":
        return [
            klog(started + 0.001, f"Serving on port {listener.port}.")
            for listener in program.listeners
            if listener.speaks == "http"
        ]
    if program.name == "pause":
        return [LogLine(started, "Paused"), LogLine(started, "Signals registered")]
    return []
