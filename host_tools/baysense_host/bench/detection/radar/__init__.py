"""The radar as a second opinion: sweeps, the fit of the firmware's classifier to them, and how it is judged."""
