"""Draw it: facts become figures; no file is written here."""
