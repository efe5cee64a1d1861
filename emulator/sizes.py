"""How many people LINE finds behind an audience, and how it words the number."""

from __future__ import annotations

import hashlib

from emulator.identifiers import FORMATS
from emulator.members import Members
from emulator.records import ID_TYPES, Audience
from emulator.settings import Settings


class Sizes:
    def __init__(self, settings: Settings, members: Members) -> None:
        self._settings, self._members = settings, members

    def matched(self, audience: Audience) -> int:
        """A share of its ids that differs by audience but not by day; all of them for user ids of friends."""
        if audience.status != "READY":
            return 0
        if audience.size is not None or audience.function_type not in ID_TYPES:
            return audience.size or 0
        settings, id_type = self._settings, ID_TYPES[audience.function_type]
        members = audience.members
        if members is None:
            members = self._members.estimate(audience.id, FORMATS[id_type])
        low, high = settings.match_rate_low, settings.match_rate_high
        if id_type == "USER_ID":
            low = high = settings.friend_rate
        return int(members * (low + self.share(str(audience.id)) * (high - low)))

    def built(self, seed: str) -> int:
        """What a rule finds: half to one and a half times the setting, the same for the same rule."""
        return int(self._settings.rule_size * (0.5 + self.share(seed)))

    def share(self, seed: str) -> float:
        """Between 0 and 1, as if by chance, but the same for the same seed."""
        digest = hashlib.sha256(f"{self._settings.match_seed}:{seed}".encode()).digest()
        return int.from_bytes(digest[:4], "big") / 2**32

    def text(self, audience: Audience) -> str:
        """As the Ads API shows it."""
        size, small = self.matched(audience), self._settings.small_audience
        if not size:
            return "-"
        return f"{small} or fewer" if size <= small else str(size)
