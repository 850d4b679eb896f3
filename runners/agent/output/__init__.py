"""What foreign commands print, on its way into a log: as a terminal shows it, short, without secrets."""
