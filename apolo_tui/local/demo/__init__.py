"""`--demo`: a throw-away platform with real, light jobs that show what there is to see.

`platform.demo` starts it; `plan.py` says which jobs, `history.py` which ones are over,
`jobs/` holds the programs that they run.
"""
