"""Faults of the machine under a kind cluster: each ends in a ready cluster or in a clear finding."""
