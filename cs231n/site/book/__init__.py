"""The book: the notebooks as a static site with their stored outputs, made by Sphinx. Nothing is executed."""
