"""Measures how long people wait for the bot, compared with what they would use instead."""
