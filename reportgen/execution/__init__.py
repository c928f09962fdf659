"""Who computes a run, and where: processes, locks, progress, checkpoints. It changes no number."""
