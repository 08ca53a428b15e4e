"""One thing done to many stories: tried first, then done row by row, each by itself, with a result for each."""
