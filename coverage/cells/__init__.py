"""Readings in, exact mergeable counts and statistics per H3 cell out."""
