"""Jobs in steps that may run twice: end runs, launch machines, carry out commands, renew comments."""
