"""Plain frozen values with the names of the Jobs API reference: no I/O, no event loop, no clock."""
