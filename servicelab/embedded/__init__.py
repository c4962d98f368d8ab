"""A Kubernetes API in one process: store, admission, controllers, programs, DNS, server."""
