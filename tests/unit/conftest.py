"""Unit tests: no I/O beyond memory; generated examples are few and their order is fixed."""

from hypothesis import settings

settings.register_profile(
    "unit", deadline=None, max_examples=60, derandomize=True, database=None, print_blob=True
)
settings.load_profile("unit")
