"""Two-way connections through the API server: port-forward and attach."""
