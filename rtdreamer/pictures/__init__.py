"""Pictures of fits and evaluations; every Matplotlib line of the project."""
