"""Figures for the desk: of the newsroom, of providers, of topics. Read from indexes, up to a limit or in a window."""
