"""Stands for a processing script."""
