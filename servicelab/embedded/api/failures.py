"""What can go wrong while a body is read; the callers turn it into the Status that fits the request."""


class Unreadable(Exception):
    """The value cannot be read as what it should be; str() is what Go's decoder says."""


class NotAnObject(Unreadable):
    """The body is no object at all, not even of an unknown kind."""
