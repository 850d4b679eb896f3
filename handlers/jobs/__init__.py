"""What is done, in steps that may run twice: runs end, machines start, commands are carried out, comments made anew."""
