"""HTTP routes of the customers: taking records in."""

from collections.abc import Sequence

import msgspec

from hub.customers.store import CustomerStore, StoredCustomer
from hub.errors import ProvisioningError
from hub.ports import Transact
from hub.web.routes import Nothing, Request, Route, problem


class TakenIn(msgspec.Struct, frozen=True):
    """How many customers were written."""

    customers: int


def routes(transact: Transact, customers: CustomerStore) -> Sequence[Route]:
    """The customers' routes."""

    async def take_in(request: Request[Nothing, list[StoredCustomer]]) -> TakenIn:
        try:
            return TakenIn(await transact(lambda unit: customers.take_in(unit, request.body)))
        except ProvisioningError as error:
            raise problem(422, "not taken in", str(error)) from error

    return (
        Route(
            method="PUT",
            path="/v1/customers",
            summary="Write customers, replacing those with the same reference",
            handle=take_in,
            answer=TakenIn,
            body=list[StoredCustomer],
        ),
    )
