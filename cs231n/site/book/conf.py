"""Sphinx's configuration of the book. ``build.py`` adds the folder of KaTeX's files."""

project = html_title = "Batch normalization, from the gradient up"
author = "the course"
copyright = "the course; MIT licence"
extensions = [
    "cs231n.site.book.links",
    "myst_nb",
    "sphinx_copybutton",
    "cs231n.site.book.formulas",
    "cs231n.site.book.cells",  # after myst_nb, of which it replaces a part
    "cs231n.site.book.markup",
]
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "{type}: The output"
myst_enable_extensions = ["dollarmath", "amsmath", "attrs_inline", "deflist"]
copybutton_exclude = ".linenos, .gp"
exclude_patterns = ["notebooks"]  # for download, as they are
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["book.css", ("print.css", {"media": "print"})]
html_js_files = ["print.js"]
html_favicon = "static/favicon.svg"
html_copy_source = html_show_sourcelink = html_use_index = False
html_permalinks_icon = "#"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1F6DC1", "color-brand-content": "#1F6DC1"},
    "dark_css_variables": {"color-brand-primary": "#7FB5EE", "color-brand-content": "#7FB5EE"},
}
