"""The next step that a report proposes."""

from dataclasses import replace

from experiments.data.delivered import Data, Delivered
from experiments.snapshot import DataFile
from reports.messages.pushing import nothing_to_push
from reports.run.recipes import look, look_size, next_step
from tests.units.sample_run import AFTER, BEFORE, EXPERIMENT, RUN, changed, report


def test_without_declared_parameters_no_other_value_is_proposed() -> None:
    run = replace(RUN, experiment=changed(EXPERIMENT, overrides=()))
    assert "`/run -S NAME=VALUE` tries it" in next_step(report(run))
    proposal = next_step(report(run, replace(BEFORE, params=()), replace(AFTER, params=())))
    assert "-S" not in proposal and "No parameter is declared" in proposal


def test_the_proposed_fetch_includes_the_input_data() -> None:
    made, read = DataFile("model.pkl", "a" * 32, 1000, is_output=True), DataFile("data", "b" * 32, 5_000_000)
    assert look_size(report(after=replace(AFTER, data=(made,)))) == " (fetches 1 kB)"
    both = look_size(report(after=replace(AFTER, data=(made, read))))
    assert both == " (fetches 1 kB, and 5 MB of input data where it is not there)"
    unknown = look_size(report(after=replace(AFTER, data=(made, replace(read, size=None)))))
    assert unknown == " (fetches 1 kB, and input data where it is not there)"


def test_data_that_is_stored_nowhere_is_not_counted_as_fetched() -> None:
    made = DataFile("model.txt", "ab" * 16, 1000, is_output=True)
    gone = Delivered(Data.PUSHED, "storage", "The object `abababa` that the project had is in no place.")
    ended_report = report(changed(RUN, delivered=gone), after=replace(AFTER, data=(made,)))
    assert look_size(ended_report) == ""
    assert look(ended_report).startswith("Some of its data is in no place that was looked at")
    already = nothing_to_push(ended_report.run)
    assert "All that `puffy-daks` made is in the DVC remote already. The object `abababa`" in already
