"""Export: a report as LaTeX, figures and data for a paper of one's own."""
