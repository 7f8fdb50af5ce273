"""What the processor reasons about: requests, subjects, assets, plans, outcomes. No I/O."""
