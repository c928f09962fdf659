"""What the evidence means: metrics, comparisons, audit, claims; pure NumPy and SciPy."""
