"""The author's notes: numbers quoted from the results, statements checked against them."""
