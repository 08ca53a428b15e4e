"""One action on many stories: previewed, then carried out story by story, with a result for each."""
