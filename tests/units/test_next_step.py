"""What a report proposes next."""

from dataclasses import replace

from experiments.snapshot import DataFile
from reports.recipes import look_size, next_step
from tests.units.sample_run import AFTER, BEFORE, EXPERIMENT, RUN, report


def test_no_other_value_is_proposed_where_no_parameter_is_declared() -> None:
    run = replace(RUN, experiment=replace(EXPERIMENT, overrides=()))
    assert "`/run -S NAME=VALUE` tries it" in next_step(report(run))
    said = next_step(report(run, replace(BEFORE, params=()), replace(AFTER, params=())))
    assert "-S" not in said and "No parameter is declared" in said


def test_a_look_fetches_the_input_data_too() -> None:
    made, read = DataFile("model.pkl", "a" * 32, 1000, is_output=True), DataFile("data", "b" * 32, 5_000_000)
    assert look_size(report(after=replace(AFTER, data=(made,)))) == " (fetches 1 kB)"
    both = look_size(report(after=replace(AFTER, data=(made, read))))
    assert both == " (fetches 1 kB, and 5 MB of input data where it is not there)"
    unknown = look_size(report(after=replace(AFTER, data=(made, replace(read, size=None)))))
    assert unknown == " (fetches 1 kB, and input data where it is not there)"
