"""The program that reads a commit with the real DVC: it runs beside the bot, without secrets, on a tree that nobody
trusts."""
