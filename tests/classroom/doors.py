"""The five doors to one engine, each tried as a person would: a kernel, the command line, nbgrader."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from servicelab.course import Exercise, load_course
from servicelab.course.solving import written

COURSE = load_course()
SECONDS = 300
PASSES = "Success! Your notebook passes all the tests."
FAILS = "VALIDATION FAILED ON 1 CELL(S)"


@dataclass(frozen=True)
class Doors:
    """A course directory of its own, and the environment that says on which cluster to judge."""

    root: Path
    environment: dict[str, str]
    slug: str = "clusterip"

    @property
    def exercise(self) -> Exercise:
        """The exercise that is handed in."""
        return COURSE.exercise(self.slug)

    @property
    def points(self) -> float:
        """What a solution is worth."""
        return self.exercise.points

    @classmethod
    def make(cls, root: Path, slug: str = "clusterip", **environment: str) -> "Doors":
        """An instructor's directory: nbgrader's configuration, the solutions and the released exercises."""
        root.mkdir(parents=True)
        shutil.copy(COURSE.root / "nbgrader_config.py", root)
        shutil.copytree(COURSE.root / "solutions", root / "solutions")
        shutil.copytree(COURSE.root / "exercises", root / "exercises")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NBGRADER")}
        path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
        return cls(root, {**kept, "PATH": path, "JUPYTER_CONFIG_PATH": str(root), **environment}, slug)

    def submit(
        self, student: str, manifest: str | Mapping[str, str] | None, answers: Mapping[str, str] | None = None
    ) -> Path:
        """A student's submission: the released notebook with this text below `%%manifest`, or untouched.

        Several manifests go by their files' names, one without a name to the exercise's first.

        `answers` are the texts below `%%answer`; those of the solution when None.
        """
        folder = self.root / "submitted" / student / self.slug
        folder.mkdir(parents=True)
        path = folder / f"{self.slug}.ipynb"
        notebook = nbformat.read(self.root / "exercises" / self.slug / path.name, as_version=4)
        if manifest is not None:
            manifests = {self.exercise.manifests[0]: manifest} if isinstance(manifest, str) else manifest
            for name, text in manifests.items():
                (cell,) = [
                    cell for cell in notebook.cells if cell.source.startswith("%%manifest") and name in cell.source
                ]
                cell.source = f"{cell.source.splitlines()[0]}\n{text}"
            if answers is None:
                answers = written(COURSE, self.exercise).answers
            for name, text in answers.items():
                (cell,) = [cell for cell in notebook.cells if cell.source.startswith(f"%%answer {name}\n")]
                cell.source = f"%%answer {name}\n{text}"
        nbformat.write(notebook, path)
        return path

    def run(self, *command: str) -> str:
        """Run a program; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.stdout + done.stderr

    def by_notebook_cell(self, notebook: Path, student: str) -> float:
        """The number the grade cell shows when a learner runs the notebook at home; LAB_STUDENT says who it is."""
        book = nbformat.read(notebook, as_version=4)
        client = NotebookClient(book, timeout=SECONDS, allow_errors=True, resources={"metadata": {"path": self.root}})
        client.execute(env={**self.environment, "LAB_STUDENT": student})
        (cell,) = [cell for cell in book.cells if cell.get("metadata", {}).get("nbgrader", {}).get("grade")]
        results = [output for output in cell.outputs if output.output_type == "execute_result"]
        assert len(results) == 1, cell.outputs
        return float(results[0]["data"]["text/plain"])

    def by_lab_check(self, notebook: Path) -> float:
        """The score `lab check` prints."""
        printed = self.run("servicelab.cli", "check", self.slug, str(notebook), "-o", "json")
        return float(json.loads(printed[printed.index("{") :])["score"])

    def by_validate(self, notebook: Path) -> bool:
        """Whether `nbgrader validate` says that the notebook passes; it always exits with 0."""
        printed = self.run("nbgrader", "validate", str(notebook))
        assert (PASSES in printed) != (FAILS in printed), printed
        return PASSES in printed

    def by_autograde(self) -> dict[str, float]:
        """The scores `nbgrader autograde` writes for all students."""
        printed = self.run("nbgrader", "generate_assignment", self.slug, "--force")
        printed += self.run("nbgrader", "autograde", self.slug, "--create")
        assert "There was an error" not in printed, printed
        return self.gradebook()

    def by_lab_grade(self) -> dict[str, float]:
        """The scores `lab grade` writes for all students."""
        self.run("servicelab.cli", "grade", self.slug)
        return self.gradebook()

    def gradebook(self) -> dict[str, float]:
        """What nbgrader's gradebook says of every student."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.root}/gradebook.db", "servicelab") as book:
            submissions = book.assignment_submissions(self.slug)
            assert not any(submission.needs_manual_grade for submission in submissions)
            return {submission.student.id: submission.score for submission in submissions}

    def forget(self) -> None:
        """Begin with an empty gradebook and no pages."""
        (self.root / "gradebook.db").unlink(missing_ok=True)
        for step in ("autograded", "feedback"):
            shutil.rmtree(self.root / step, ignore_errors=True)
