"""What the advisor may do, the life of an alert, and the feedback form."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import Urgency
from contracts.visits import GiveFeedback, Outcome, Stance, TaskState
from device_agent.core import form as forms
from device_agent.core.acts import ALLOWED, Act, DeclineCode, Intent, WristState, consider, settled
from device_agent.core.alerts import AlertPatterns, Verdict, judge
from device_agent.core.book import Book, Status
from device_agent.core.form import FormMove, FormStep
from tests.unit.device_agent.fakehub import START, a_view

TASK, OTHER = "task-0001", "task-0002"


def state_with(*views: TaskState, intents: tuple[Intent, ...] = ()) -> WristState:
    tasks = {task: a_view(task, state=state) for task, state in zip((TASK, OTHER), views, strict=False)}
    return WristState(book=Book(tasks), intents=intents)


@pytest.mark.parametrize(("act", "state"), list(product(ALLOWED, TaskState)))
def test_an_act_is_possible_only_in_its_states(act: Act, state: TaskState) -> None:
    declined = consider(state_with(state), act, TASK)
    if Status(state.value) not in ALLOWED[act]:
        assert declined is not None
        assert declined.code is DeclineCode.WRONG_STATE
        assert state.value in declined.detail
    elif act in (Act.SAY, Act.SIGNAL) and state is TaskState.HELD:
        assert declined is not None
        assert declined.code is DeclineCode.NO_TALK
    else:
        assert declined is None


@pytest.mark.parametrize("act", list(ALLOWED))
def test_an_act_on_an_unknown_task_is_declined(act: Act) -> None:
    declined = consider(WristState(), act, TASK)
    assert declined is not None
    assert declined.code is DeclineCode.NO_SUCH_TASK


@pytest.mark.parametrize("busy", [Act.CLAIM, Act.PASS])
def test_a_task_that_is_being_claimed_or_passed_is_not_claimed_again(busy: Act) -> None:
    state = state_with(TaskState.OFFERED, intents=(Intent("message-1", busy, TASK, True),))
    for act in (Act.CLAIM, Act.PASS):
        declined = consider(state, act, TASK)
        assert declined is not None
        assert declined.code is DeclineCode.UNDER_WAY


@pytest.mark.req("W-14")
def test_feedback_is_given_once() -> None:
    state = state_with(TaskState.TALKING, intents=(Intent("message-1", Act.FEEDBACK, TASK, True),))
    declined = consider(state, Act.FEEDBACK, TASK)
    assert declined is not None
    assert declined.code is DeclineCode.UNDER_WAY
    assert state.talk is None, "the talk is over when the feedback is on its way"


@pytest.mark.req("W-10")
def test_only_one_talk_at_a_time_also_while_the_start_is_on_its_way() -> None:
    told = state_with(TaskState.TALKING, TaskState.HELD)
    under_way = state_with(TaskState.HELD, TaskState.HELD, intents=(Intent("message-1", Act.TALK, TASK, True),))
    for state in (told, under_way):
        declined = consider(state, Act.TALK, OTHER)
        assert declined is not None
        assert declined.code in (DeclineCode.TALK_RUNNING, DeclineCode.UNDER_WAY)
        assert consider(state, Act.SAY, TASK) is None


def test_an_intent_ends_when_the_book_answers_it() -> None:
    claim = Intent("message-1", Act.CLAIM, TASK, False)
    queued = Intent("message-2", Act.CLAIM, OTHER, True)
    offered = state_with(TaskState.OFFERED, TaskState.OFFERED).book
    assert settled((claim, queued), offered, whole=False) == ()
    assert settled((claim, queued), offered, whole=True) == (claim,), "what the hub took, its snapshot answers"
    assert settled((claim, queued), state_with(TaskState.HELD).book, whole=False) == (claim, queued)


@pytest.mark.req("W-07")
@pytest.mark.parametrize("state", [None, *TaskState])
@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_an_alert_is_for_open_tasks_in_time_only(state: TaskState | None, quiet: bool, late: bool) -> None:
    view = None if state is None else a_view(TASK, state=state)
    now = START + (timedelta(hours=1) if late else timedelta(minutes=59))
    verdict = judge(view, now=now, quiet=quiet)
    if state is TaskState.OFFERED and not late:
        assert verdict is (Verdict.WAIT if quiet else Verdict.RAISE)
    else:
        assert verdict is Verdict.DROP


@pytest.mark.req("W-07")
def test_urgent_and_ordinary_feel_different() -> None:
    patterns = AlertPatterns()
    assert patterns.of(Urgency.URGENT) != patterns.of(Urgency.ORDINARY)


@pytest.mark.req("W-14")
def test_the_common_case_takes_four_taps() -> None:
    form = forms.begin(a_view(TASK, state=TaskState.TALKING))
    form = forms.move(form, FormMove.SUCCEEDED)
    form = forms.take_product(form, "car")
    form = forms.move(form, FormMove.NEXT)
    assert form.message() == GiveFeedback(
        task_id=TASK, outcome=Outcome.SUCCESS, products=("car",), preferences=("family",)
    ), "the fourth tap sends this"


@pytest.mark.req("W-14")
def test_the_form_begins_with_what_the_talk_has_shown() -> None:
    view = a_view(TASK, state=TaskState.TALKING)
    tapped = {"car": Stance.REFUSAL, "boat": Stance.INTEREST}
    heard = {"boat": Stance.REFUSAL, "bike": Stance.REFUSAL, "fire": Stance.INTEREST}
    form = forms.begin(view, tapped, heard=heard, wanted=("travel", "motor"))
    assert form.refused == ("car", "bike"), "a tap says it better than what was heard"
    assert form.offered_products == ("car", "fire", "boat", "bike"), "one that left the plan is still on the form"
    assert form.products == ()
    assert form.preferences == ("family", "travel"), "the likely one, and the wanted one that has a name"
    assert form.offered_preferences == ("family", "travel")
    sent = forms.move(forms.take_product(forms.move(form, FormMove.SUCCEEDED), "fire"), FormMove.NEXT).message()
    assert sent == GiveFeedback(
        task_id=TASK,
        outcome=Outcome.SUCCESS,
        products=("fire",),
        preferences=("family", "travel"),
        refused=("car", "bike"),
    ), "the fourth tap sends this"


@pytest.mark.req("W-14")
def test_however_much_was_refused_the_form_takes_what_the_contract_does_and_only_what_it_shows() -> None:
    heard = {f"product-{number:02d}": Stance.REFUSAL for number in range(40)}
    form = forms.begin(a_view(TASK), heard=heard)
    assert form.offered_products[:3] == ("car", "fire", "boat")
    assert len(form.offered_products) == forms.MOST
    assert form.refused == form.offered_products[3:]


@pytest.mark.req("W-14")
def test_a_failure_takes_no_product() -> None:
    form = forms.move(forms.begin(a_view(TASK)), FormMove.SUCCEEDED)
    form = forms.move(forms.take_product(form, "car"), FormMove.BACK)
    form = forms.move(form, FormMove.FAILED)
    message = form.message()
    assert message is not None
    assert (message.outcome, message.products) == (Outcome.FAILURE, ())


MOVES = st.lists(
    st.one_of(
        st.sampled_from(FormMove).map(lambda by: lambda form: forms.move(form, by)),
        st.sampled_from(["car", "fire", "none"]).map(lambda code: lambda form: forms.take_product(form, code)),
        st.sampled_from(["family", "travel", "none"]).map(lambda tag: lambda form: forms.tick_preference(form, tag)),
    ),
    max_size=30,
)


@given(MOVES)
def test_whatever_is_tapped_the_form_sends_only_what_was_offered(
    taps: list,  # type: ignore[type-arg]
) -> None:
    form = forms.begin(a_view(TASK))
    for tap in taps:
        form = tap(form)
        message = form.message()
        assert (message is not None) == form.complete
        if message is not None:
            assert form.step is FormStep.PREFERENCES
            assert set(message.products) <= {"car", "fire", "boat"}
            assert set(message.preferences) <= {"family", "travel"}
            assert len(set(message.products)) == len(message.products)
            assert message.outcome is Outcome.SUCCESS or message.products == ()


def test_replacing_the_note_is_sent() -> None:
    form = replace(forms.move(forms.begin(a_view(TASK)), FormMove.FAILED), note="asked for time")
    message = form.message()
    assert message is not None
    assert message.note == "asked for time"
