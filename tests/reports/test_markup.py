"""Markup: whatever is shown, the page stays whole."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from makebelieve.reports.markup import Markup, join, tag

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


class Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text, self.title = [], "", None

    def handle_starttag(self, name, attributes):
        self.tags.append(name)
        self.title = dict(attributes).get("title")

    def handle_data(self, data):
        self.text += data


@given(words, words)
def test_any_text_comes_back_as_it_was(inside, title):
    found = Texts()
    found.feed(tag("p", inside, title=title))
    found.close()
    assert (found.tags, found.text, found.title) == (["p"], inside, title)


def test_markup_is_not_escaped_twice():
    assert join(tag("b", "<"), [None, Markup("&amp;")], 3) == "<b>&lt;</b>&amp;3"


def test_attributes_that_are_off_are_left_out():
    assert tag("img", alt="", class_=None, hidden=False, inert=True) == '<img alt="" inert>'
