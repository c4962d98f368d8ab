"""What can go wrong while a body is read; the callers turn it into the Status that fits the request."""


class Unreadable(Exception):
    """The value cannot be read as what it should be; str() is what Go's decoder says."""


class NotAnObject(Unreadable):
    """The body is no object at all, not even of an unknown kind."""


class UnreadableYaml(Exception):
    """The body is no YAML, or its aliases stand for more than anybody can mean; str() begins with `yaml:`."""


class WrongType(Unreadable):
    """A value of another JSON type than its field has; `unstructured` is what is said of it in a strategic patch."""

    def __init__(self, message: str, unstructured: str) -> None:
        super().__init__(message)
        self.unstructured = unstructured
