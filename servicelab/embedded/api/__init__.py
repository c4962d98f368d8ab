"""Kubernetes' HTTP API over a store: what a request means, and the answer to it. No sockets here."""
