"""The program that reads a commit's tree with the real DVC. It runs beside the bot, without secrets: nobody trusts
the tree."""
