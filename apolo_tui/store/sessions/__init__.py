"""Terminal sessions inside jobs: exec and attach, kept alive while nobody looks at them."""
