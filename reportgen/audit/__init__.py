"""The audit of published figures: questions about whole-number counts, and their answers."""
