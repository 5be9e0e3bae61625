"""Pure logic: no machine, clock, file, socket or print; time comes in as an argument."""
