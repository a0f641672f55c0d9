"""Jobs as processes: their directory, their channels, their program, their end."""
