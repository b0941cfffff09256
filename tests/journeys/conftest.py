# SPDX-License-Identifier: Apache-2.0
"""One demo and one plain gateway for all journeys of a worker; a journey uses subjects of its own."""

import pytest

from house import PASSWORD, House, initialize, running
from sink import Sink


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> House:
    with running("demo", tmp_path_factory.mktemp("demo") / "data") as house:
        house.api.sign_in(**house.ready["admin"])
        yield house


@pytest.fixture(scope="session")
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def gateway(tmp_path_factory, sink) -> House:
    folder = tmp_path_factory.mktemp("gateway")
    people = folder / "people.csv"
    names = ["lee", "sam", "temporary", "gone", "both", "queue"]
    people.write_text("".join(f"{name}@example.test,{name.title()}\n" for name in names))
    initialize(folder / "data", next_hop=sink.address, recipients=people)
    with running("run", folder / "data") as house:
        house.api.sign_in("admin@example.test", PASSWORD)
        yield house
