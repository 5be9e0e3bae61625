"""Host tools of Baysense: simulate, replay, talk to and test parking-bay sensors."""
