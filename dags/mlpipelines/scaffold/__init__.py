"""A dataset -> a first pipeline for it, written as a person would have."""
