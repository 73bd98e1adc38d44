"""Files of annotations → tiers of texts with times; no recording is touched."""
