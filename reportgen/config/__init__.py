"""What to run: an experiment file becomes a frozen Experiment and a plan of runs."""
