"""The batch side: the only place that touches paths, environment, clock and terminal."""
