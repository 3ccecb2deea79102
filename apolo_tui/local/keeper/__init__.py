"""The keeper: the process that owns the jobs' ptys, pipes, exit codes and log files.

It stands apart from the HTTP server, so that jobs outlive the server. `api.py` is what the
server knows of it; the rest of the package is the keeper itself and the way to reach it.
"""
