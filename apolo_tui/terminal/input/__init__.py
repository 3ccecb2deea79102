"""Input: what the user's terminal sends, in; what the job's program expects, out."""
