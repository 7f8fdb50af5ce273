"""Everything that runs the processor on one machine: storage, a host, the services it talks to."""
