"""What may be asked for at the kiosk: the branch's businesses, and the check of a take request (K-02, K-04)."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts import ErrorCode, Refusal
from contracts.fields import AccessNeed, Code, CustomerRef, Language, Moment, whole

DEFAULT_CLASS = "A"

ServiceClass = Annotated[str, Meta(pattern=whole(r"[A-Z]"), description="one letter A to Z")]
RequestId = Annotated[str, Meta(min_length=1, max_length=64, description="the asker's id of a request, for repeats")]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What customers read; an empty one gives way to English."""

    en: str = ""
    zh: str = ""
    ko: str = ""

    def of(self, language: Language) -> str:
        """In this language, else in English; '' when there is neither."""
        match language:
            case Language.EN:
                return self.en
            case Language.ZH:
                return self.zh or self.en
            case Language.KO:
                return self.ko or self.en


class Business(msgspec.Struct, frozen=True, kw_only=True):
    """A business of the branch, the service class whose queue it waits in, and its name on the screen."""

    code: Code
    service_class: ServiceClass = DEFAULT_CLASS
    names: Names = Names()

    def shown(self, language: Language) -> str:
        """Its name in this language; the code, readable, when it has none."""
        return self.names.of(language) or self.code.replace("_", " ").replace("-", " ").capitalize()


class Catalogue:
    """The businesses of a branch. Without any it is open: every well-formed code is taken, the hub judges."""

    def __init__(self, businesses: Iterable[Business] = ()) -> None:
        self.businesses = tuple(businesses)
        self._classes = {business.code: business.service_class for business in self.businesses}

    def service_class(self, code: str) -> str | Refusal:
        """The class that a business queues in, or that the branch doesn't have it."""
        if not self._classes:
            return DEFAULT_CLASS
        found = self._classes.get(code)
        if found is None:
            known = ", ".join(sorted(self._classes))
            return Refusal(code=ErrorCode.UNKNOWN_BUSINESS, detail=f"no business {code!r} here: choose of {known}")
        return found


class TakeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A customer asks for a number; ``customer`` is null when anonymous. The same ``request`` gets the same ticket.

    ``also``: further businesses, served in turn after the first. ``appointment``: the time that is booked;
    ``booking``: the booking that the customer checks in to.
    """

    business: Code
    language: Language = Language.EN
    customer: CustomerRef | None = None
    needs: Annotated[tuple[AccessNeed, ...], Meta(max_length=len(AccessNeed))] = ()
    booked: bool = False
    request: RequestId | None = None
    also: Annotated[tuple[Code, ...], Meta(max_length=4)] = ()
    appointment: Moment | None = None
    booking: Code | None = None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A request that gets a number, and the class of that number."""

    request: TakeRequest
    service_class: str


def check(request: TakeRequest, catalogue: Catalogue) -> Accepted | Refusal:
    """Whether the request gets a number: fields as typed, business in the catalogue, a booking has a customer."""
    try:
        request = msgspec.convert(msgspec.to_builtins(request), TakeRequest)
    except msgspec.ValidationError as error:
        return Refusal(code=ErrorCode.INVALID_FIELD, detail=f"take: {error}")
    if request.booked and request.customer is None and request.booking is None:
        return Refusal(
            code=ErrorCode.INVALID_FIELD, detail="take: booked without a customer: name the customer who booked"
        )
    service_class = catalogue.service_class(request.business)
    if isinstance(service_class, Refusal):
        return service_class
    for further in request.also:
        known = catalogue.service_class(further)
        if isinstance(known, Refusal):
            return known
    needs = tuple(dict.fromkeys(request.needs))
    return Accepted(request=msgspec.structs.replace(request, needs=needs), service_class=service_class)
