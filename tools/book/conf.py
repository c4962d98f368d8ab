"""How Sphinx makes the book. tools/build_book.py puts this beside the lessons."""

project = "Service Lab"
author = "Service Lab"
html_title = "Service Lab: Kubernetes Services by doing"
language = "en"
extensions = ["myst_nb"]
html_theme = "sphinx_book_theme"
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
}
nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
"""Nothing is loaded from elsewhere: where a cell shows a widget, its picture is beside it."""
myst_enable_extensions: list[str] = []
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]
html_copy_source = False
html_show_sourcelink = False
