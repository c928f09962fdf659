"""What is kept: frozen records, and the store that holds them by key."""
