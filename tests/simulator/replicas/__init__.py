"""Replicas that break the contract, one way each, for showing that the simulator finds them out."""
