"""One experiment file in, one model-comparison report out that a reviewer can trust."""

__version__ = "0.1.0"
