"""How long ago something was, in the few characters `kubectl get` has for it."""

from datetime import UTC, datetime

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86_400, 365 * 86_400
UNKNOWN = "<unknown>"


def seconds_of(text: str | None) -> float | None:
    """A Kubernetes time as seconds since 1970."""
    if not text:
        return None
    return datetime.fromisoformat(text).astimezone(UTC).timestamp()


def age(text: str | None, now: float) -> str:
    """The time between a Kubernetes time and now, `<unknown>` when there is none."""
    then = seconds_of(text)
    return UNKNOWN if then is None else duration(now - then)


def duration(seconds: float) -> str:
    """As kubectl shortens durations: two units while both matter, one after that."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    whole = max(0, whole)
    if whole < 2 * MINUTE:
        return f"{whole}s"
    minutes = whole // MINUTE
    if minutes < 10:
        return _two(minutes, "m", whole % MINUTE, "s")
    if minutes < 180:
        return f"{minutes}m"
    hours = whole // HOUR
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    days = whole // DAY
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 365 * 2:
        return f"{days}d"
    years = whole // YEAR
    if years < 8:
        return _two(years, "y", days % 365, "d")
    return f"{years}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"
