"""What a wearable is shown: by role, masked, in its language, and within the messages' bounds (W-08, W-09)."""

import msgspec
import pytest

from contracts.fields import Language, Urgency
from contracts.visits import TaskView
from hub.kernel import Role
from hub.visits.model import State, Task
from hub.visits.view import FIELD_RULES, Viewer
from models.policy import Funnel, RankedProduct, Tag
from models.ranking import Ranker, candidate_of
from models.reasons import Reason, ReasonCode
from tests.unit.hub.rig import ANN, NINE, WANG, simbank
from tests.unit.hub.visits.test_model import a_task


def demand() -> Funnel:
    return Ranker(simbank()).rank([candidate_of(WANG)], NINE)[0]


def viewer() -> Viewer:
    return Viewer(simbank().catalogue)


def task(**changes: object) -> Task:
    return msgspec.structs.replace(a_task(), customer_name=WANG.display_name, **changes)


def lines(view: TaskView, page: str) -> dict[str, tuple[str, bool]]:
    assert view.pages is not None
    fields = {"customer": view.pages.customer, "assets": view.pages.assets, "preferences": view.pages.preferences}
    return {field.code: (field.value, field.masked) for field in fields[page]}


@pytest.mark.req("W-09")
@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.ADVISOR, {"name": ("王*明", True), "reference": ("…ng", True)}),
        (Role.SENIOR, {"name": ("王小明", False), "reference": ("…ng", True), "risk_rating": ("1", False)}),
        (Role.MANAGER, {"name": ("王小明", False), "reference": ("c-wang", False), "risk_rating": ("1", False)}),
    ],
)
def test_the_customers_page_by_role(role: Role, expected: dict[str, tuple[str, bool]]) -> None:
    view = viewer().held(task(state=State.HELD, holder="ben"), demand(), Language.EN, WANG, role)
    always = {"segment": ("family", False), "age_band": ("35–44", False)}
    assert lines(view, "customer") == expected | always


def test_every_field_has_a_rule_for_every_role() -> None:
    for code, rules in FIELD_RULES.items():
        assert set(rules) == set(Role), code
        assert set(rules.values()) <= {"read", "masked", "hidden"}


@pytest.mark.req("W-08")
@pytest.mark.parametrize("language", Language)
def test_an_offered_task_shows_no_more_than_the_alert_needs(language: Language) -> None:
    view = viewer().task(task(), demand(), language)
    assert view.pages is None
    assert view.customer_name == "王*明"
    assert "小" not in msgspec.json.encode(view).decode()
    assert WANG.ref not in msgspec.json.encode(view).decode()
    catalogue = simbank().catalogue
    assert view.business_name == catalogue.business_named("advice").names.get(language.value)
    for product in view.plan.products:
        assert product.name == catalogue.product_named(product.code).names.get(language.value)


@pytest.mark.req("W-05", "W-09")
def test_the_plan_shows_three_products_with_likelihood_and_reasons() -> None:
    funnel = demand()
    plan = viewer().task(task(), funnel, Language.EN).plan
    assert [product.code for product in plan.products] == [ranked.code for ranked in funnel.ranked[:3]]
    probabilities = [product.probability for product in plan.products]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(1 <= len(product.reasons) <= 3 for product in plan.products)
    assert plan.removed == len(funnel.removed) > 0
    assert plan.model == simbank().version


@pytest.mark.req("W-05", "W-09")
@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.EN, "Worth a try: outside the model's top three"),
        (Language.ZH, "探索推荐：不在模型前三名"),
        (Language.KO, "탐색 추천: 모델 상위 3위 밖"),
    ],
)
def test_a_product_shown_as_a_try_says_so_first(language: Language, text: str) -> None:
    funnel = demand()
    ranked = [
        msgspec.structs.replace(product, explored=place == 2, propensity=0.05 if place == 2 else 1.0)
        for place, product in enumerate(funnel.ranked)
    ]
    plain = viewer().task(task(), funnel, language).plan.products
    tried = viewer().task(task(), msgspec.structs.replace(funnel, ranked=tuple(ranked)), language).plan.products
    assert (tried[2].reasons[0].code, tried[2].reasons[0].text) == ("explored", text)
    assert tried[2].reasons[1:] == plain[2].reasons[:2]
    assert tried[:2] == plain[:2]
    assert all(reason.code != "explored" for product in plain for reason in product.reasons)


@pytest.mark.parametrize(
    ("changes", "urgency"),
    [({}, Urgency.ORDINARY), ({"booked": True}, Urgency.URGENT), ({"urgent": True}, Urgency.URGENT)],
)
def test_who_booked_or_needs_help_is_urgent(changes: dict[str, object], urgency: Urgency) -> None:
    assert viewer().task(task(**changes), demand(), Language.EN).urgency is urgency


@pytest.mark.parametrize(("language", "name"), [("en", "Visitor"), ("zh", "访客"), ("ko", "방문 고객")])
def test_an_anonymous_visitor_has_a_name_too(language: str, name: str) -> None:
    view = viewer().task(msgspec.structs.replace(a_task(), customer=None), demand(), Language(language))
    assert view.customer_name == name


def test_the_holder_of_an_unknown_customer_gets_no_pages() -> None:
    assert viewer().held(task(), demand(), Language.EN, None, Role.MANAGER).pages is None


def test_assets_are_what_the_customer_holds() -> None:
    view = viewer().held(task(holder="ben"), demand(), Language.EN, WANG, Role.ADVISOR)
    assert view.pages is not None
    assert [field.value for field in view.pages.assets] == ["Credit card", "Current account"]


def test_a_task_of_an_earlier_catalogue_is_shown_by_its_codes() -> None:
    reason = Reason(ReasonCode.HOLDS, "old_product", 1.0, 0.5)
    old = Funnel(
        ranked=(RankedProduct("sold_out", 0.5, (reason,)),),
        removed=(),
        tags=(Tag("old_category", 0.9),),
        predicted_tags=("old_category",),
        version="of last year",
    )
    view = viewer().held(task(business="teller", holder="ben"), old, Language.KO, ANN, Role.ADVISOR)
    assert view.business_name == "teller"
    assert view.plan.products[0].name == "sold_out"
    assert view.plan.products[0].reasons == ()
    assert view.pages is not None
    assert view.pages.preferences[0].value == "old_category 90%"
