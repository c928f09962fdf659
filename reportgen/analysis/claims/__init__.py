"""Every sentence about numbers, each bound to the facts that support it."""
