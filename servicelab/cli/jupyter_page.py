"""What JupyterLab shows a learner: no news, no update notes, nothing of the instructor's."""

import json
from pathlib import Path

HIDDEN = (
    "@jupyter/nbgrader",
    "@jupyter-notebook/lab-extension",
    "@jupyterlab/apputils-extension:announcements",
    "@jupyterlab/extensionmanager-extension",
)
"""Front-end parts whose server half is off, or that only matter to an instructor."""
OVERRIDES = {
    "@jupyterlab/completer-extension:manager": {"showDocumentationPanel": True},
    "@jupyterlab/docmanager-extension:plugin": {
        "autosaveInterval": 30,
        "defaultViewers": {"markdown": "Markdown Preview"},
    },
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none", "codeCellConfig": {"indentUnit": "2"}},
}
"""What a completion means beside it; less work to lose; Markdown, such as the start page, to read and not to edit; all
cells in the page at once, so that the browser's own search finds them; and the two spaces that manifests are indented
by."""


STYLE = """\
body .jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere }
"""
"""JupyterLab breaks printed lines anywhere; between words they can be read."""


def write(config: Path) -> None:
    """Write the page's settings into JupyterLab's configuration directory."""
    folder = config / "labconfig"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hidden = json.dumps({"disabledExtensions": dict.fromkeys(HIDDEN, True)}, indent=1)
    (folder / "page_config.json").write_text(hidden, encoding="utf-8")
    (folder / "default_setting_overrides.json").write_text(json.dumps(OVERRIDES, indent=1), encoding="utf-8")
    style = config / "custom" / "custom.css"
    style.parent.mkdir(exist_ok=True, mode=0o700)
    style.write_text(STYLE, encoding="utf-8")
