"""A team's own functions, called by `callable: module.function` in a prepare step; nothing outside is ever called.

Each gets one pandas DataFrame and returns one. See `example.py`.
"""
