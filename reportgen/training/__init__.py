"""Runs are trained and evaluated here; the only room with torch, loaded by the workers alone."""
