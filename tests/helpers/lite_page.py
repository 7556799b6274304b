"""Drive a notebook that is open in JupyterLite: find cells by their ids, change them, run them, read their outputs."""

import json

# Functions for the page, under the name `course`.
SCRIPT = """
window.course = {
  panel: () => window.jupyterapp.shell.currentWidget,
  cell: (id) => {
    const cells = course.panel().content.widgets;
    const index = cells.findIndex((cell) => cell.model.sharedModel.getId() === id);
    if (index < 0) throw new Error(`no cell ${id}`);
    return [cells[index], index];
  },
  run: async (id) => {
    course.panel().content.activeCellIndex = course.cell(id)[1];
    await window.jupyterapp.commands.execute('notebook:run-cell');
    return course.output(id);
  },
  output: (id) => course.cell(id)[0].model.outputs.toJSON().flatMap((output) =>
    output.text ?? (output.ename ? `${output.ename}: ${output.evalue}` : Object.keys(output.data ?? {}))).join(''),
};
true
"""
PANEL = "window.jupyterapp?.shell?.currentWidget"
# The file is read, and every one of its cells is there.
SHOWN = f"{PANEL}?.context?.isReady && {PANEL}.content.widgets.length === {PANEL}.content.model.cells.length"
KERNEL = f"{PANEL}?.sessionContext?.session?.kernel"


class LitePage:
    """A notebook of the browser edition.

    Arguments:
        browser: a `Browser`.
        site: address of the folder ``lite/EDITION/``, ending in ``/``.
    """

    def __init__(self, browser, site):
        self.browser, self.site = browser, site

    def show(self, name, seconds=120):
        """Open a notebook, and wait until its cells are there."""
        self.browser.open("about:blank")  # so that the wait below is not for the page before
        self.browser.open(f"{self.site}notebooks/index.html?path=notebooks/{name}")
        self.browser.wait_for(f"Boolean({SHOWN})", seconds)
        self.browser.run(SCRIPT)

    def open(self, name, seconds=120):
        """Open a notebook, and wait until its Python is ready."""
        self.show(name, seconds)
        self.browser.wait_for(f"{KERNEL}?.status === 'idle'", seconds)

    def write(self, cell, source):
        """Replace the source of a cell."""
        self.browser.run(f"course.cell({json.dumps(cell)})[0].model.sharedModel.setSource({json.dumps(source)})")

    def read(self, cell):
        """Return the source of a cell."""
        return self.browser.run(f"course.cell({json.dumps(cell)})[0].model.sharedModel.getSource()")

    def read_stored(self, name, cell):
        """Return the source of a cell of any notebook, as JupyterLite would show it if it were opened now."""
        source = self.browser.run(f"""
            window.jupyterapp.serviceManager.contents.get("notebooks/{name}", {{content: true}}).then(
                (file) => file.content.cells.find((cell) => cell.id === {json.dumps(cell)}).source)""")
        return source if isinstance(source, str) else "".join(source)

    def execute(self, cell):
        """Run a cell. Return its output as text."""
        return self.browser.run(f"course.run({json.dumps(cell)})")

    def save(self):
        """Save the notebook in the browser's storage."""
        self.browser.run("course.panel().context.save().then(() => true)")

    def click_link(self, address):
        """Click on the first link with this address, which may be a rest such as ``#download-my-work``."""
        self.browser.wait_for(f"Boolean(document.querySelector('a[href$={json.dumps(address)}]'))")
        self.browser.run(f"document.querySelector('a[href$={json.dumps(address)}]').click()")
