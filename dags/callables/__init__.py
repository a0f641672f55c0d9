"""A team's own functions. A prepare step calls one by `callable: module.function`; nothing outside this package is called.

Each gets one pandas DataFrame and returns one. See `example.py`.
"""
