"""Classic Raft bugs, each a small change of the code, and whether random scenarios in virtual time find them.

`python -m tests.mutants` tries them all: each is put into a copy of the code, on which seeds are played until something
is found. A mutant that survives means that a fault or a checker is missing.
"""
