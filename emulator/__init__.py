"""LINE's side of the wire: Ads API v3 and Messaging API audiences, for development, demonstrations and tests.

A process of its own, reached over HTTP alone. It shares no code with the product: one mistake cannot
agree with itself.
"""
