"""The virtual board: real firmware on modelled hardware, time and surroundings."""
