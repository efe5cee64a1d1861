"""The page at `/`: what this is, how to point a client at it, and what it holds now."""

from emulator.page.api import API

__all__ = ["API"]
