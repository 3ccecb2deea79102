"""The keeper, in this process and in one of its own."""
