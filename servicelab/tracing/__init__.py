"""What the model says of a running cluster, beside what the cluster does: one request, all requests, and addresses."""
