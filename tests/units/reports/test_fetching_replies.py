"""Replies about metrics that only the DVC remote has."""

from experiments.data.fetching import Fetching
from reports.messages.fetching import asked


def test_an_agents_message_about_its_last_try_is_harmless_in_a_reply() -> None:
    said = asked([Fetching(under_way=True, cause="`a.json` of @ada: [here](http://e.vil) ![](http://e.vil/p.png)")])
    assert said.startswith("The last try to fetch it did not work: `a.json` of @&#8288;ada: &#91;here&#93;(http:")
    assert "@ada" not in said and "](" not in said and "://" not in said
    assert said.endswith(" What only the DVC remote has is being fetched. Type it again in a minute.")
