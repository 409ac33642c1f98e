"""Raw files in, canonical readings and rejects out."""
