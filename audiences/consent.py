"""What a person states before anything of people is prepared for LINE. Changed text, new version."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

VERSION = "2026-11"
TEXT = _(
    "The people on this list were told, or have agreed, that their contact details are passed to LINE in"
    " hashed form for advertising, and those who objected are not on it. My organization answers for this."
)
