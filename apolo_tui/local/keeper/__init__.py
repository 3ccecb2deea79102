"""The keeper: the process that owns the jobs' ptys, pipes, exit codes and log files.

It stands apart from the HTTP server, so that jobs outlive the server. `api.py` is what the
server knows of it; the rest of the package is the keeper itself and the ways to have one:

    async with inprocess.open_keeper(folder) as keeper: ...   in this event loop, for tests
    keeper = await connection.spawn(folder)                   a process of its own, joined
    keeper = await connection.connect(folder)                 the same, if it runs already

All give an `api.Keeper`. A keeper that starts where another was killed ends what that one left
behind, and tells of those runs as ended (`orphans.py`).
"""
