"""The numbers of a run and nothing else: architectures, loop, kernels, evaluation; loads torch."""
