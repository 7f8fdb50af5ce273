"""The sample workspaces: the person of the Studio samples, and people around her or him."""

from sandbox.azureml.sample.forecast import forecast, neighbour

__all__ = ["forecast", "neighbour"]
