"""Where runs are computed: processes, locks, progress, checkpoints. It changes no number."""
