"""The browser edition: the course in JupyterLite. Python runs in the reader's browser, and nothing is installed."""
