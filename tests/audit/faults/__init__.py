"""Deliberate faults, each put into a copy of the code, and what `verify` says of the trails that the copy leaves."""
