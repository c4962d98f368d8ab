"""nbgrader on this repository's layout: solutions/ is what instructors write, exercises/ is what students get."""

from pathlib import Path

c = get_config()  # noqa: F821  (given by traitlets)

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "servicelab"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
# what lies beside a notebook in solutions/ would otherwise be released as it is
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "*.py", "*.yaml", ".DS_Store"]

# the stub stands in %%manifest and %%answer cells, so it must be a comment in YAML and in Python
c.ClearSolutions.code_stub = {"python": "# Write here, below the first line."}

# seconds a cell may take; checks on a real cluster start Pods
c.Execute.timeout = 300

# autograde's own steps, but for the first: what students wrote is executed in a sandbox where there is bubblewrap
c.Autograde.autograde_preprocessors = [
    "servicelab.classroom.autograding.SandboxedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
