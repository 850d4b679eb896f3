"""What the bot says where something takes too long or is asked too often."""


def too_slow() -> str:
    """Say that the time for one comment is used up."""
    return (
        "This took longer than one comment may take, so it was stopped and is not tried again. `/status` shows what "
        "had begun by then. Ask for less at a time, each in a comment of its own."
    )


def too_often(author: str, an_hour: int) -> str:
    """Return the last answer to a person without write access who asks too often. After it the bot is silent."""
    return (
        f"@{author}, in one repository the bot answers at most {an_hour} commands an hour from each person without "
        "write access. For now it answers no more of yours."
    )
