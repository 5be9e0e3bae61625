"""What the delivery bench works with: a month of failures, who watches it, and who judges; no part of its own."""
