"""Test every engine with one suite, each on a backend of its own."""
