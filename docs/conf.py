"""How Sphinx builds the documentation: ``sphinx-build -W -b html docs docs/_build``."""

import rtdreamer

project = "rtdreamer"
author = "the rtdreamer developers"
copyright = f"2026, {author}"  # noqa: A001
release = version = rtdreamer.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_click",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autosummary_generate = False
smartquotes = False
autodoc_typehints = "none"
numpydoc_show_class_members = False

# Names that are imported when they are first asked for are not seen by autodoc before.
for name in getattr(rtdreamer, "__all__", ()):
    setattr(rtdreamer, name, getattr(rtdreamer, name))

html_theme = "pydata_sphinx_theme"
html_title = "rtdreamer"
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_sidebars = {"**": ["sidebar-nav-bs"], "index": []}
html_show_sourcelink = False
