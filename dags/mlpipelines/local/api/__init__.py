"""Requests answered: the HTTP front, the actions by area, what AWS would refuse, what is not simulated."""
