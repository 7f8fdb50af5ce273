"""A small Functions host that runs the app on one machine, from its decorators alone."""

from sandbox.host.hostfile import HostError, HostFile
from sandbox.host.local_host import LocalHost
from sandbox.host.process import HostProcess

__all__ = ["HostError", "HostFile", "HostProcess", "LocalHost"]
