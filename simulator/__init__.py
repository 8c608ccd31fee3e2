"""The network and the clients that a replica is run and judged under; `python -m simulator --help` says how."""
