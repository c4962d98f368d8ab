"""One face for both clusters: lifecycle, objects, probes."""
