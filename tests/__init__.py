"""The tests, laid out like the package. `python -m tests` is the gate."""
