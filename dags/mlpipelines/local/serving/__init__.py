"""Models that answer: their containers as processes, endpoints and their fleets."""
