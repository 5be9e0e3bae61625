"""How a person or a tool talks to the node: JSON-RPC, the same methods over every channel."""
