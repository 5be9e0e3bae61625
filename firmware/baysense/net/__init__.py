"""Networks that the node reports over."""
