"""Gateways that stay up for all tests."""

from collections.abc import Iterator

import pytest

from tests.system.adoption.machine import Gateway, gateway


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One whose report passes."""
    with gateway("healthy", tmp_path_factory.mktemp("healthy")) as one:
        yield one


@pytest.fixture(scope="session")
def unhealthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One whose report fails."""
    with gateway("unhealthy", tmp_path_factory.mktemp("unhealthy")) as one:
        yield one


@pytest.fixture(params=["healthy", "unhealthy"])
def found(request: pytest.FixtureRequest) -> Gateway:
    """Either of them."""
    one: Gateway = request.getfixturevalue(request.param)
    return one
