"""Names that others chose, shown so that they cannot pass for something else."""

from __future__ import annotations

import unicodedata

# Format, control, surrogate, private and unassigned characters can make one name look like another.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Letters, marks and signs by their category that are drawn as nothing: fillers, joiners, selectors.
BLANK = frozenset(
    map(chr, [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810)])
) | frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))


def plain(text: str) -> str:
    """The text without characters that cannot be seen or that turn its direction."""
    return " ".join(seen(text).split())


def folded(text: str) -> str:
    """What two names share that differ only in case, width, spaces or what cannot be seen."""
    return plain(unicodedata.normalize("NFKC", text).casefold())


def seen(text: str) -> str:
    """The same with its spaces and line ends, for texts that are more than a name."""
    return "".join(letter for letter in text if not is_unseen(letter))


def is_unseen(letter: str) -> bool:
    if letter in BLANK:
        return True
    return unicodedata.category(letter) in UNSEEN and not letter.isspace()
