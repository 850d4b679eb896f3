"""Finds out which packages a project asks for, and makes environments of them."""
