"""What the bot says about a change of `.github/studio.yml` in a pull request or in a push to the default branch."""

from experiments.hosts import Host
from experiments.settings.check import Proposal
from experiments.settings.fields import PATH
from reports.text.markdown import code, sentence


def proposed(host: Host, proposal: Proposal, base_branch: str) -> str:
    """Say what would hold after the merge, with each mistake in the file."""
    if proposal.gone:
        intro = f"This {host.request} removes {code(PATH)}: after the merge the defaults are in effect."
    elif proposal.problems:
        one = len(proposal.problems) == 1
        count = "one mistake is" if one else "several mistakes are"
        intro = f"**This {host.request} changes {code(PATH)}, and {count} in it**, to be fixed before the merge:"
    else:
        intro = f"This {host.request} changes {code(PATH)}, and nothing is wrong in it."
    parts = [intro]
    if proposal.problems:
        parts.append("\n".join(f"- {sentence(problem)}" for problem in proposal.problems))
    names = ", ".join(map(code, proposal.changed))
    if names and not proposal.gone:
        parts.append(
            f"After the merge other values are in effect for {names}. Until then those of {code(base_branch)} are."
        )
    if proposal.also_on_base:
        parts.append(f"{code(base_branch)} changed the file, too: what the merge makes of both will be in effect.")
    return "\n\n".join(parts)


def pushed(proposal: Proposal, branch: str) -> tuple[str, str]:
    """Return the title and summary of the check run on a commit of the default branch."""
    names = ", ".join(map(code, proposal.changed))
    holds = f"From now on other values are in effect for {names}." if names else ""
    if proposal.gone:
        return "Removed", f"{code(PATH)} is gone from {code(branch)}: the defaults are in effect."
    if not proposal.problems:
        return "Nothing is wrong", f"Nothing is wrong in {code(PATH)}. {holds}".strip()
    title = f"{'One mistake' if len(proposal.problems) == 1 else 'Several mistakes'} in {PATH}"
    intro = f"What is wrong in {code(PATH)} is ignored, and the rest is in effect:"
    listed = "\n".join(f"- {sentence(problem)}" for problem in proposal.problems)
    return title, "\n\n".join(filter(None, [intro, listed, holds]))
