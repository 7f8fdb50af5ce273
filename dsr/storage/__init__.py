"""Where state, packages and messages live: blob containers and queues of the data account."""
