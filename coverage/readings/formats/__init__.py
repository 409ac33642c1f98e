"""One module a file format; each declares how it is recognised and how it is read."""
