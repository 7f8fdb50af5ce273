"""The triggers, a file each: parse, call one use case, reply."""
