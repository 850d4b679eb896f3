"""What is done after the answer, in steps that may run twice: runs end, machines start, comments are made anew."""
