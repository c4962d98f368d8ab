"""IPython magics and views for learners."""
