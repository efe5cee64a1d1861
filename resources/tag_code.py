"""The code of a LINE Tag, as a shop pastes it into its pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from resources.models import Resource, TagEvent

LOADER = "https://d.line-scdn.net/n/line_tag/public/release/v1/lt.js"
PIXEL = "https://tr.line.me/tag.gif"
OF_OFFICIAL, OF_OTHERS = "account", "lap"
PLAIN = re.compile(r"[^A-Za-z0-9 _-]")

BASE = """\
<!-- LINE Tag Base Code -->
<script>
(function (g, d) {
  g._ltq = g._ltq || [];
  g._lt = g._lt || function () { g._ltq.push(arguments); };
  var s = d.createElement('script');
  s.async = 1;
  s.src = '%(loader)s';
  var t = d.getElementsByTagName('script')[0];
  t.parentNode.insertBefore(s, t);
})(window, document);
_lt('init', {
  customerType: %(customer)s,
  tagId: %(tag)s
});
_lt('send', 'pv', [%(tag)s]);
</script>
<noscript>
  <img height="1" width="1" style="display:none"
       src="%(pixel)s" alt="">
</noscript>
<!-- End LINE Tag Base Code -->
"""
EVENT = """\
<script>
_lt('send', %(send)s, {
  type: %(type)s
}, [%(tag)s]);
</script>
"""

WHERE: dict[str, Promise] = {
    TagEvent.Kind.PAGE_VIEW: _("On every page, just before </head>."),
    TagEvent.Kind.CONVERSION: _(
        "On the page that a customer sees when the goal is reached, such as “Thank you for your order”, "
        "below the base code."
    ),
    TagEvent.Kind.CUSTOM: _("On each page where this happens, below the base code."),
}


@dataclass(frozen=True)
class Snippet:
    event: TagEvent
    where: str | Promise
    code: str


def snippets(tag: Resource, events: Iterable[TagEvent]) -> list[Snippet]:
    """The code of each of these events."""
    return [Snippet(event, WHERE[event.kind], _code(tag, event)) for event in events]


def _code(tag: Resource, event: TagEvent) -> str:
    tag_id = in_script(str(tag.line_id))
    if event.kind == TagEvent.Kind.CONVERSION:
        return EVENT % {"send": "'cv'", "type": "'Conversion'", "tag": tag_id}
    if event.kind == TagEvent.Kind.CUSTOM:
        return EVENT % {"send": "'cus'", "type": in_script(event.name), "tag": tag_id}
    customer = _customer_type(tag)
    seen = {"c_t": customer, "t_id": str(tag.line_id), "e": "pv", "noscript": "1"}
    pixel = f"{PIXEL}?{urlencode(seen)}"
    return BASE % {"loader": LOADER, "customer": in_script(customer), "tag": tag_id, "pixel": pixel}


def _customer_type(tag: Resource) -> str:
    """LINE publishes no word of its own for tags of organizations: we assume that of LINE Ads."""
    is_of_official = tag.owner_account is not None and tag.owner_account.is_official
    return OF_OFFICIAL if is_of_official else OF_OTHERS


def in_script(text: str) -> str:
    """A string of JavaScript that can end neither itself nor the script it stands in."""
    return "'" + PLAIN.sub(_escaped, text) + "'"


def _escaped(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
