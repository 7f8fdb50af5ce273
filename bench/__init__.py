"""Measurements of the app against what people would use instead; `make bench` runs them."""
