"""What the page is made of. Whatever is not Html yet is escaped, and isolated from the text around it."""

from __future__ import annotations

import json
import shlex
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

SHOWN = 50  # rows of a table
LONGEST_ID = 40  # characters; a LINE Tag has 36
LONGEST_LINE = 90  # of a command, if it can be helped
NOTHING_VISIBLE = "CZ"  # Unicode's categories of control, format and separators


class Html(str):
    """Markup; everything a stranger wrote has been escaped in it."""

    __slots__ = ()


@dataclass(frozen=True)
class Section:
    """A table with its heading, or, with nothing to show, what to do to fill it."""

    anchor: str
    title: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    total: int | None  # None: whoever has them does the counting
    empty: Html

    def fact(self) -> str:
        """How many there are, as a link to them."""
        count = "" if self.total is None else f"<b>{self.total:,}</b> "
        return f'<li><a href="#{self.anchor}">{count}{escape(self.title.lower())}</a></li>'

    def markup(self) -> str:
        count = "" if self.total is None else f' <span class="count">{self.total:,}</span>'
        heading = f'<h3 id="{self.anchor}">{escape(self.title)}{count}</h3>'
        body = self._table() if self.rows else f'<div class="empty">{self.empty}</div>'
        return f'<section aria-labelledby="{self.anchor}">{heading}{body}</section>'

    def _table(self) -> str:
        head = "".join(f'<th scope="col">{escape(column)}</th>' for column in self.columns)
        rows = "".join(self._row(row) for row in self.rows)
        hidden = (self.total or 0) - len(self.rows)
        more = f'<p class="more">And {hidden:,} more that are not shown here.</p>' if hidden > 0 else ""
        return (
            f'<div class="card"><table><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}</div>"
        )

    def _row(self, values: Sequence[object]) -> str:
        cells = [
            f'<td data-label="{escape(column)}"><div>{shown(value)}</div></td>'
            for column, value in zip(self.columns[1:], values[1:], strict=True)
        ]
        first = f'<th scope="row"><div>{shown(values[0])}</div></th>'
        return f"<tr>{first}{''.join(cells)}</tr>"


def shown(value: object) -> Html:
    """A cell's content: numbers with separators, names that keep their direction to themselves."""
    if isinstance(value, Html):
        return value
    if value is None or value == "":
        return Html('<span class="quiet none">–</span>')
    if isinstance(value, int):
        return Html(f'<span class="num">{value:,}</span>')
    return Html(f"<bdi>{escape(str(value))}</bdi>")


def name(text: str) -> Html:
    """A name somebody gave; one without a visible character says so."""
    if all(unicodedata.category(letter)[0] in NOTHING_VISIBLE for letter in text):
        return Html('<i class="quiet">nothing visible</i>')
    return Html(f'<bdi class="name">{escape(text)}</bdi>')


def code(text: object) -> Html:
    """What a machine reads: names of one thing stay whole unless they are absurdly long."""
    written = str(text)
    kind = "id" if len(written) <= LONGEST_ID else "long"
    return Html(f'<code class="{kind}">{escape(written)}</code>')


def path(text: str) -> Html:
    return Html(f'<code class="long">{escape(text)}</code>')


def two(first: object, second: object) -> Html:
    """A line, and a quieter one below it."""
    return Html(f"{shown(first)}<small>{shown(second)}</small>" if second else shown(first))


def status(word: object, tone: str, note: object = None) -> Html:
    """`tone` is ok, wait, warn or bad: a sign and a colour beside the word, never alone."""
    small = f"<small>{shown(note)}</small>" if note else ""
    return Html(f'<span class="status {tone}">{escape(str(word))}</span>{small}')


def command(text: str) -> Html:
    """A command to copy: one click selects it whole."""
    return Html(f'<pre class="command"><code>{escape(text, quote=False)}</code></pre>')


def control(url: str, path: str, data: object, *, put: bool = False) -> str:
    """A call of the control API as a line for the shell."""
    call = f"curl {'-X PUT ' if put else ''}{shlex.quote(f'{url}/_control/{path}')}"
    body = f"-d {shlex.quote(json.dumps(data))}"
    return f"{call} {body}" if len(call + body) < LONGEST_LINE else f"{call} \\\n  {body}"


def hint(words: str, *commands: str) -> Html:
    """What to do about an empty table."""
    return Html(f"<p>{words}</p>{''.join(map(command, commands))}")
