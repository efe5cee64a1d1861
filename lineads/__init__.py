"""Client of the LINE Ads API, version 3. Plain Python: it knows no Django and no settings."""
