"""LINE Ads API v3, the part a Data Provider uses: groups, custom audiences, LINE Tags, custom conversions."""
