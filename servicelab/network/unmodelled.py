"""What the model says when it does not know: one plain sentence, never a guess."""


class Unmodelled(Exception):
    """The model does not know what happens here; the message is one sentence for the learner."""
