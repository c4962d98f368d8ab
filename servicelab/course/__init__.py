"""The catalogue (course.toml), exercises, submissions, progress."""
