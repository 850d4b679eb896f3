"""What the bot says about a change of `.github/studio.yml` in a pull request or in a push to the default branch."""

from experiments.hosts import Host
from experiments.settings.check import Proposal
from experiments.settings.fields import PATH
from reports.text.markdown import code, sentence


def proposed(host: Host, proposal: Proposal, base_branch: str) -> str:
    """Say what would hold after the merge, with each mistake in the file."""
    if proposal.gone:
        said = f"This {host.request} removes {code(PATH)}: after the merge the defaults hold."
    elif proposal.problems:
        one = len(proposal.problems) == 1
        count = "one mistake is" if one else "several mistakes are"
        said = f"**This {host.request} changes {code(PATH)}, and {count} in it**, to be mended before the merge:"
    else:
        said = f"This {host.request} changes {code(PATH)}, and nothing is wrong in it."
    parts = [said]
    if proposal.problems:
        parts.append("\n".join(f"- {sentence(problem)}" for problem in proposal.problems))
    names = ", ".join(map(code, proposal.changed))
    if names and not proposal.gone:
        parts.append(f"After the merge other values hold for {names}. Until then {code(base_branch)} says what holds.")
    if proposal.also_on_base:
        parts.append(f"{code(base_branch)} changed the file, too: what holds is what the merge makes of both.")
    return "\n\n".join(parts)


def pushed(proposal: Proposal, branch: str) -> tuple[str, str]:
    """Return the title and summary of the check run on a commit of the default branch."""
    names = ", ".join(map(code, proposal.changed))
    holds = f"Other values hold from now on for {names}." if names else ""
    if proposal.gone:
        return "Removed", f"{code(PATH)} is gone from {code(branch)}: the defaults hold."
    if not proposal.problems:
        return "Nothing is wrong", f"Nothing is wrong in {code(PATH)}. {holds}".strip()
    title = f"{'One mistake' if len(proposal.problems) == 1 else 'Several mistakes'} in {PATH}"
    said = f"What is wrong in {code(PATH)} does not hold, and the rest does:"
    listed = "\n".join(f"- {sentence(problem)}" for problem in proposal.problems)
    return title, "\n\n".join(filter(None, [said, listed, holds]))
