"""The workspaces' services: a connector a service, and the HTTP they share."""
