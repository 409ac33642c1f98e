"""Signal statistics and blank-spot decisions for polling stations."""
