"""How taps change a plan, and what is told of it, in each language (W-10, W-12)."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from contracts.fields import Language
from contracts.visits import Plan, Stance, TaskView
from hub.kernel import Role
from hub.visits.model import State, Tapped, Task, release, tap
from hub.visits.talk import TalkPlans
from hub.visits.view import Viewer
from models.policy import Funnel, removal_text
from models.ranking import Ranker, candidate_of
from tests.unit.hub.rig import ANN, KIM, NINE, WANG, simbank
from tests.unit.hub.visits.test_model import a_task

pytestmark = pytest.mark.req("W-12")

LATER = NINE + timedelta(minutes=5)


def demand() -> Funnel:
    return Ranker(simbank()).rank([candidate_of(ANN)], NINE)[0]


def talking() -> Task:
    return replace(a_task(State.TALKING, holder="ada"), customer_name=ANN.display_name)


def tapped(*taps: tuple[str, Stance], task: Task | None = None) -> Task:
    task = task or talking()
    for place, (product, stance) in enumerate(taps):
        task = tap(task, Tapped(product, stance), LATER + timedelta(seconds=place))
    return task


def view_of(task: Task, language: Language = Language.EN) -> TaskView:
    return Viewer(simbank().catalogue).held(task, demand(), language, ANN, Role.SENIOR)


def plan_of(task: Task, language: Language = Language.EN) -> Plan:
    return view_of(task, language).plan


def codes(plan: Plan) -> list[str]:
    return [product.code for product in plan.products]


def top() -> list[str]:
    return [product.code for product in demand().ranked]


def test_a_refused_product_leaves_the_plan_and_the_next_one_enters() -> None:
    first, second, third, fourth = top()[:4]
    plan = plan_of(tapped((first, Stance.REFUSAL)))
    assert first not in codes(plan)
    assert codes(plan) == [second, third, fourth]
    assert plan.made_at == LATER
    assert {(move.code, move.was, move.now, move.why.code) for move in plan.moves} == {
        (second, 1, 0, "other_refusal"),
        (third, 2, 1, "other_refusal"),
        (fourth, None, 2, "other_refusal"),
    }


def test_interest_lifts_the_product_and_says_so_as_its_first_reason() -> None:
    third = top()[2]
    plan = plan_of(tapped((third, Stance.INTEREST)))
    before = plan_of(talking())
    assert codes(plan).index(third) < 2
    product = plan.products[codes(plan).index(third)]
    assert product.reasons[0].code == "interest"
    assert len(product.reasons) <= 3
    assert product.probability > before.products[2].probability
    [mine] = [move for move in plan.moves if move.code == third]
    assert (mine.was, mine.why.code) == (2, "interest")


def test_the_others_of_a_liked_category_say_why_they_rose() -> None:
    catalogue = simbank().catalogue
    category = {product.code: product.category for product in catalogue.product}
    ranked = demand().ranked
    for liked in ranked[3:]:
        moves = plan_of(tapped((liked.code, Stance.INTEREST))).moves
        for move in moves:
            rose = move.was is None or move.now < move.was
            if move.code == liked.code:
                assert move.why.code == "interest"
            elif rose:
                assert category[move.code] == category[liked.code]
                assert move.why.code == "kindred"
            else:
                assert move.why.code == "other_interest"


def test_a_tap_taken_back_gives_the_first_plan_again_and_says_what_moved_back() -> None:
    first = top()[0]
    back = tapped((first, Stance.REFUSAL), (first, Stance.NONE))
    assert plan_of(back).products == plan_of(talking()).products
    assert [(move.code, move.was, move.why.code) for move in plan_of(back).moves] == [
        (top()[0], None, "none"),
        (top()[1], 0, "other_none"),
        (top()[2], 1, "other_none"),
    ]


def test_the_same_taps_in_any_order_give_the_same_products() -> None:
    one, other, third = top()[0], top()[4], top()[1]
    taps = [(one, Stance.REFUSAL), (other, Stance.INTEREST), (third, Stance.REFUSAL)]
    shown = {msgspec.json.encode(plan_of(tapped(*order)).products) for order in (taps, taps[::-1], taps + taps[:1])}
    assert len(shown) == 1


def test_a_tap_that_says_nothing_new_is_no_tap() -> None:
    task = tapped((top()[0], Stance.REFUSAL))
    assert tap(task, Tapped(top()[0], Stance.REFUSAL), NINE) is task
    assert tap(talking(), Tapped(top()[0], Stance.NONE), NINE) == talking()


def test_the_latest_tap_of_a_product_holds() -> None:
    task = tapped((top()[0], Stance.REFUSAL), (top()[0], Stance.INTEREST))
    assert task.taps is not None
    assert task.taps.now == (Tapped(top()[0], Stance.INTEREST),)
    assert codes(plan_of(task))[0] == top()[0]


@pytest.mark.parametrize("language", Language)
def test_every_why_names_the_product_in_the_advisors_language(language: Language) -> None:
    names = {product.code: product.names.get(language.value) for product in simbank().catalogue.product}
    first = top()[0]
    texts = set()
    for stance in (Stance.REFUSAL, Stance.NONE):
        moves = plan_of(tapped((first, Stance.REFUSAL), *([(first, stance)] if stance is Stance.NONE else []))).moves
        assert moves
        told = plan_of(
            tapped((first, Stance.REFUSAL), *([(first, stance)] if stance is Stance.NONE else [])), language
        ).moves
        for move in told:
            assert move.why.text
            assert "{" not in move.why.text
            if move.why.code.startswith("other"):
                assert names[first] in move.why.text
            texts.add(move.why.text)
    assert len(texts) == 3


def test_moves_are_told_while_the_talk_goes_on_and_not_after() -> None:
    task = tapped((top()[0], Stance.REFUSAL))
    done = replace(task, state=State.DONE)
    assert plan_of(done).moves == ()
    assert plan_of(done).products == plan_of(task).products
    assert Viewer(simbank().catalogue).task(task, demand(), Language.EN).plan.moves == ()


def test_after_a_release_the_plan_stays_and_nothing_has_just_moved() -> None:
    task = tapped((top()[0], Stance.REFUSAL))
    released = release(task, NINE, lifetime_s=600)
    assert isinstance(released, Task)
    again = replace(released, state=State.HELD, holder="ben")
    assert codes(plan_of(again)) == codes(plan_of(task))
    assert plan_of(again).moves == ()
    more = plan_of(tapped((top()[1], Stance.REFUSAL), task=again))
    assert more.moves
    assert not {top()[0], top()[1]} & set(codes(more))


def test_a_product_that_the_rules_removed_may_be_tapped_and_stays_removed() -> None:
    removed = demand().removed[0].code
    plan = plan_of(tapped((removed, Stance.INTEREST)))
    assert removed not in codes(plan)


def test_without_taps_the_plan_is_the_analysis() -> None:
    plans = TalkPlans(simbank().catalogue)
    plan = plans.plan(talking(), demand())
    assert plans.ranked(plan, demand()) == demand().shown
    assert plans.moves(plan, Language.EN) == ()


@pytest.mark.req("W-05")
@pytest.mark.parametrize("role", Role)
def test_the_holder_sees_what_was_removed_and_why_but_no_more_of_the_customer_than_the_pages_show(role: Role) -> None:
    viewer = Viewer(simbank().catalogue)
    for person in (KIM, WANG):
        funnel = Ranker(simbank()).rank([candidate_of(person)], NINE)[0]
        for language in Language:
            plan = viewer.held(talking(), funnel, language, person, role).plan
            assert len(plan.dropped) == min(8, len(funnel.removed))
            why = {removed.code: removed.rule.value for removed in funnel.removed}
            for dropped in plan.dropped:
                assert dropped.why.code == why[dropped.code]
                assert dropped.why.text
                assert dropped.name == simbank().catalogue.product_named(dropped.code).names.get(language.value)
                if dropped.why.code == "suitability":
                    rule = next(removed for removed in funnel.removed if removed.code == dropped.code)
                    told = dropped.why.text == removal_text(rule, language.value)
                    assert told is (role is not Role.ADVISOR)
                assert str(person.age) not in dropped.why.text
            assert viewer.task(talking(), funnel, language).plan.dropped == ()


def test_products_already_held_come_last_among_the_dropped() -> None:
    funnel = Ranker(simbank()).rank([candidate_of(ANN)], NINE)[0]
    plan = Viewer(simbank().catalogue).held(talking(), funnel, Language.EN, ANN, Role.MANAGER).plan
    assert funnel.removed[0].rule.value == "held"
    held = [dropped.why.code == "held" for dropped in plan.dropped]
    assert held == sorted(held)
    assert any(held)
