"""Starting a job: the request, the form that makes it, what changed, the `apolo run` command."""
