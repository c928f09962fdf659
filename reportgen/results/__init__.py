"""Results that are kept: frozen records, and the store that has them by key."""
