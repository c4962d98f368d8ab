"""Can a kind cluster come up on this machine, and if not, why? Facts are collected; small pure judgements read them."""
