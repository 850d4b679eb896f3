"""What a webhook becomes: the requests that people made."""
