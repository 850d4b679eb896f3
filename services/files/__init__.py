"""Files on the bot's disk: files of runs, pictures, pages, the log of machines."""
