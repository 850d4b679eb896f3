"""Collect the projects, by the names of their layouts."""

from collections.abc import Mapping

from tests.projects.layout import Layout
from tests.projects.layouts import fetched, inputs, parameters, pipelines, places, tools

LAYOUTS: Mapping[str, Layout] = {
    **pipelines.LAYOUTS,
    **places.LAYOUTS,
    **parameters.LAYOUTS,
    **inputs.LAYOUTS,
    **fetched.LAYOUTS,
    **tools.LAYOUTS,
}
