"""The domain of the DSR processor; it imports neither azure.functions nor os.environ."""
