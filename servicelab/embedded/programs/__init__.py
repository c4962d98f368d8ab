"""What runs in Pods (agnhost), the shell that `exec` gives, and the probes of the embedded cluster."""
