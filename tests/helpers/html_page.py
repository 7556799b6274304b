"""A page of the grader, taken apart."""

from html.parser import HTMLParser

VOID = ("meta", "br", "wbr", "img", "link", "hr")


class Page(HTMLParser):
    """A page's elements: (tag, attributes, text), its headings, and whether its tags are closed in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.attributes = [], [], []
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        element = [tag, dict(attributes), ""]
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_data(self, data):
        for element in self.open:
            element[2] += data

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag
        self.handle_data(" " if tag in ("td", "th") else "")

    def texts(self, *tags):
        return [" ".join(text.split()) for tag, _, text in self.elements if tag in tags]

    @property
    def body(self):
        return self.texts("main")[0]
