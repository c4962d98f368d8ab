"""What the stand-in says when it cannot do what was asked."""


class Usage(Exception):
    """The words cannot be understood here; the real kubectl may."""
