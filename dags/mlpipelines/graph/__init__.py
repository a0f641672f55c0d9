"""A pipeline as a picture: its steps and what flows between them, as Mermaid, DOT or SVG."""
