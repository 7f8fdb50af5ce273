"""What the processor does, a file each; every port is an argument."""
