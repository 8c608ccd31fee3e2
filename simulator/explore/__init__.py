"""Random scenarios in virtual time, seed after seed, which of them break a rule; and what breaks, made small."""
