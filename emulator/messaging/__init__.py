"""LINE Messaging API, "Manage Audience": all twelve calls."""
