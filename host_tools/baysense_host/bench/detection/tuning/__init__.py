"""Where the detector's tables come from: movements of known outcome, a fit, a sweep over the numbers beside it."""
