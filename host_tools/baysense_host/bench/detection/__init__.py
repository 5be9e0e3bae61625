"""The detector on trial: sites to watch, contenders that watch them, scores."""
