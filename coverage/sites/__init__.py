"""Distributions at polling stations in, ranked remedies with reasons out."""
