"""Reading the audit trail: what happened, in the order of cause and effect; running it again; showing it.

`python -m audit --help` lists what a person can ask. The trail is written by `trail`, at the seams of `actors`.
"""
