"""The program that trains: standard library only, started as a folder or as one packed file on any machine."""
