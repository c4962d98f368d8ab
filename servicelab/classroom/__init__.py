"""Release, grade, gradebook."""
