"""Open recordings from the field: bays as a second sensor saw them, and windows of parking and of traffic."""
