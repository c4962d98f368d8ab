"""Builds the book: all lessons with what their cells showed on an embedded cluster, as a static site.

`python tools/build_book.py [--runs FOLDER] [--output FOLDER]`. FOLDER holds lessons that were run, as the tests of the
lessons leave them (LAB_LESSON_RUNS=FOLDER); lessons that are not there, or have changed since, are run now: about 12 s
each. Then Sphinx takes less than a minute. docs/book.md says more.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from servicelab.cli.start import environment
from servicelab.cluster import lifecycle
from servicelab.cluster.home import Home
from servicelab.course import Course, Lesson, load_course

COURSE = Path(__file__).resolve().parent.parent
CONFIGURATION = COURSE / "tools" / "book" / "conf.py"
SECONDS = 150
"""A cell may take so long."""
TO_AN_EXERCISE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")
"""A link of a lesson to what is in a learner's folder and not in the book: its words remain."""
FIRST_PAGE = """\
# Service Lab

{count} lessons on Kubernetes Services, to read. Each was run on the lab's embedded cluster; what you see below a
cell is what it showed there. To predict, to break and to mend things yourself, start the lab: `./lab start`.

```{{figure}} three-routes.svg
Three requests to one Service, by three routes: drawn from a cluster's objects by the lab itself.
```
"""


def main() -> int:
    """Build; the exit status for the shell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, default=COURSE / "build" / "lesson-runs", help="lessons that were run")
    parser.add_argument("--output", type=Path, default=COURSE / "build" / "book", help="where the site goes")
    asked = parser.parse_args()
    course = load_course(COURSE)
    asked.runs.mkdir(parents=True, exist_ok=True)
    run_missing(course, asked.runs)
    with tempfile.TemporaryDirectory() as source:
        write_sources(course, asked.runs, Path(source))
        shutil.rmtree(asked.output, ignore_errors=True)
        began = time.monotonic()
        words = ["-b", "html", "-q", "-W", "--keep-going", "-j", "auto", source, str(asked.output)]
        done = subprocess.run([sys.executable, "-m", "sphinx", *words], check=False)
    if done.returncode == 0:
        print(f"{asked.output / 'index.html'}: {len(course.lessons)} lessons, {time.monotonic() - began:.0f} s")
    return done.returncode


def run_missing(course: Course, runs: Path) -> None:
    """Run the lessons that have no run of what they are now."""
    missing = [lesson for lesson in course.lessons if not is_run(course, lesson, runs)]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        lifecycle.start("embedded", home=home)
        try:
            learner = {**environment(home, "embedded", "lab"), "LAB_VARIANT": "reference"}
            for number, lesson in enumerate(missing, start=1):
                print(f"[{number}/{len(missing)}] running {lesson.notebook}", flush=True)
                notebook = nbformat.read(course.root / lesson.notebook, as_version=4)
                surroundings = {"metadata": {"path": folder}}
                NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=surroundings).execute(
                    env={**os.environ, **learner}
                )
                nbformat.write(notebook, run_of(lesson, runs))
        finally:
            lifecycle.delete("embedded", home=home)


def run_of(lesson: Lesson, runs: Path) -> Path:
    """Where a lesson's run is kept."""
    return runs / Path(lesson.notebook).name


def is_run(course: Course, lesson: Lesson, runs: Path) -> bool:
    """Whether there is a run of exactly this lesson."""
    if not run_of(lesson, runs).is_file():
        return False
    written, run = (nbformat.read(path, as_version=4) for path in (course.root / lesson.notebook, run_of(lesson, runs)))
    return [(cell.id, cell.source) for cell in written.cells] == [(cell.id, cell.source) for cell in run.cells]


def write_sources(course: Course, runs: Path, source: Path) -> None:
    """What Sphinx reads: the runs, the pages for teachers, and the first page with everything in its order."""
    shutil.copy(CONFIGURATION, source)
    shutil.copy(COURSE / "docs" / "images" / "three-routes.svg", source)
    shutil.copytree(COURSE / "docs" / "teaching", source / "teaching")
    (source / "lessons").mkdir()
    for lesson in course.lessons:
        notebook = nbformat.read(run_of(lesson, runs), as_version=4)
        notebook.metadata.pop("widgets", None)  # their pictures are in the outputs beside them
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = TO_AN_EXERCISE.sub(r"*\1*", cell.source)
        notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
        nbformat.write(notebook, source / "lessons" / Path(lesson.notebook).name)
    parts = [FIRST_PAGE.format(count=len(course.lessons))]
    for unit in course.units:
        lessons = [lesson for lesson in course.lessons if lesson.unit == unit.id]
        if not lessons:
            continue
        pages = [str(Path(lesson.notebook).with_suffix("")) for lesson in lessons]
        parts.append(f"## {unit.title}\n\n" + "\n".join(f"- {objective}" for objective in unit.objectives))
        parts.append(toctree(unit.title, pages))
    teaching = sorted(path.stem for path in (source / "teaching").glob("*.md"))
    parts.append("## For teachers\n\nA page for each unit: objectives, folklore to expect, a plan of fifty minutes.")
    parts.append(toctree("For teachers", [f"teaching/{name}" for name in teaching]))
    (source / "index.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def toctree(title: str, pages: list[str]) -> str:
    """A list of pages that is in the book's table of contents, too."""
    listed = "\n".join(pages)
    return f"```{{toctree}}\n:caption: {title}\n:maxdepth: 1\n\n{listed}\n```"


if __name__ == "__main__":
    sys.exit(main())
