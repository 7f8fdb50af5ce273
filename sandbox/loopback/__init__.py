"""Servers on loopback that stand in for services: sockets, ordered faults, and a journal."""
