"""One module a part of storage: what is done to it, and what it must still know after a power cut."""
