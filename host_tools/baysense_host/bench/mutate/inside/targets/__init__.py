"""One module for each way into the node."""
