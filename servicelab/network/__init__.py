"""How a packet travels: (cluster state, from, to) -> hops and a verdict. Pure."""
