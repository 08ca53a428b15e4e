"""The tree of topics: its order, and what is done to topics with all that hangs on them."""
