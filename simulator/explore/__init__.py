"""Random scenarios from random seeds, in virtual time, until something breaks; and what breaks, made small."""
