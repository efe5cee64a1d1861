"""What to doubt about the names of a request: each doubt is a sentence for the page that decides."""

from __future__ import annotations

from itertools import product

from django.utils.translation import gettext as _

from linking.facts import facts
from linking.models import LinkRequest
from organizations.names import folded, is_unseen

# Cyrillic and Greek letters, and digits, that are drawn like Latin ones.
LOOKS_LIKE = str.maketrans(
    "авсԁеһніјкӏмопрѕтухԛԝѵαβεηικμνορτυχ01",
    "abcdehhijklmonpstyxqwvabehikmvoptyxol",
)


def doubts(link_request: LinkRequest) -> list[str]:
    """`link_request` as `with_parties` fetches it."""
    found = []
    if facts(link_request).mixes_alphabets:
        found.append(
            _(
                "Letters of different alphabets stand in one word of these names. "
                "Such names are made to look like others: compare the IDs."
            )
        )
    if any(is_unseen(letter) for name in _theirs(link_request) for letter in name):
        found.append(
            _(
                "These names came with signs that cannot be seen or that turn the direction of reading. "
                "They are left out here; honest names have none: compare the IDs."
            )
        )
    if any(imitates(name, ours) for name, ours in product(_theirs(link_request), _ours(link_request))):
        found.append(
            _(
                "A name here is drawn like one of yours and is not the same: it is written in other letters. "
                "Compare the IDs."
            )
        )
    return found


def imitates(name: str, ours: str) -> bool:
    """Whether it looks the same and is not; other widths and cases of the same letters are no imitation."""
    name, ours = folded(name), folded(ours)
    return name != ours and name.translate(LOOKS_LIKE) == ours.translate(LOOKS_LIKE)


def _theirs(link_request: LinkRequest) -> list[str]:
    account = link_request.account
    return [account.name, account.legal_entity.name, link_request.issued_by.name]


def _ours(link_request: LinkRequest) -> list[str]:
    organization = link_request.organization
    return [organization.name, organization.legal_entity.name] if organization else []
