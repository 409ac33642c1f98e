"""Cells and towers in, a calibrated distribution of the level everywhere out."""
