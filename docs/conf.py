"""How the documentation is built: `make docs`, without the network and with warnings as errors."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "Open Outcry"
author = "the authors of Open Outcry"
release = version = PROJECT["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "columns",
    "commands",
    "docstrings",
    "links",
    "measured",
    "tables",
]
exclude_patterns = ["_ext"]
default_role = "literal"  # docstrings put names in single backticks
highlight_language = "text"
smartquotes = False  # options begin with two hyphens

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "attrs_inline"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autoclass_content = "both"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
# Types of others need not be found. One of ours that a signature names belongs into api.md.
nitpick_ignore_regex = [(r"py:.*", r"(?!actors\.).*")]

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_css_files = ["openoutcry.css"]
html_copy_source = False
html_use_index = False  # searching finds what an index would list
html_domain_indices = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None
