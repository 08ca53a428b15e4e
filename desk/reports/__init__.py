"""Numbers for the desk: of the newsroom, of providers, of topics. Counted by indexes, to a limit, or in a window."""
