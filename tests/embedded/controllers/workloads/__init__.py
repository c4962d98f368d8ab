"""StatefulSets, DaemonSets, Jobs and PodDisruptionBudgets over time: recorded on kind, replayed here."""
