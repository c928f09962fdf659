"""Run it: data, model, loop, result. The only room that imports torch."""
