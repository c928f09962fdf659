"""Where images and labels come from: found, checked and read once, without torch."""
