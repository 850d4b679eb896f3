"""What a webhook becomes: requests that people made, and what happened to a pull request or an installation."""
