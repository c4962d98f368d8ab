"""The instructor's course directory, as nbgrader is configured to see it."""

from dataclasses import dataclass
from pathlib import Path

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True)
class CourseDirectory:
    """Where nbgrader looks: `submitted`, `release` and `feedback` are its steps' directories."""

    root: Path
    submitted: Path
    release: Path
    feedback: Path
    database: str
    course_id: str

    @classmethod
    def find(cls, root: Path, database: str | None = None) -> "CourseDirectory":
        """Read the directory's nbgrader_config.py, if there is one. Importing nbgrader takes a moment.

        `database` is a gradebook's URL that counts instead of the configuration's.
        """
        from nbgrader.coursedir import CourseDirectory as Configured  # type: ignore[import-untyped]
        from traitlets.config import Config
        from traitlets.config.loader import PyFileConfigLoader

        config = Config()
        if (root / CONFIG).is_file():
            config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
        # the directory that was asked for, whatever the configuration says of the root
        seen = Configured(config=config, root=str(root))
        return cls(
            root,
            root / seen.submitted_directory,
            root / seen.release_directory,
            root / seen.feedback_directory,
            database or seen.db_url,
            seen.course_id or "default_course",
        )
