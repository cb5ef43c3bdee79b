"""From what the agent knows to what the screen shows."""

from datetime import datetime

from contracts.fields import Urgency
from contracts.visits import Consent, Outcome, TaskState, TaskView
from device_agent.core.acts import Act, Notice, WristState
from device_agent.core.form import FormMove, FormStep, VisitForm
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.pages import (
    Bar,
    Begin,
    Block,
    Button,
    EndTalk,
    Face,
    Go,
    GoBack,
    LeaveBranch,
    MoveForm,
    Page,
    PassOn,
    PickBranch,
    PutAway,
    Row,
    SendForm,
    ShowBranches,
    ShowConsent,
    ShowList,
    ShowTask,
    Take,
    Tick,
    Tone,
    Words,
)

CONNECTING_S = 3
"""An agent that lost the hub less than this ago is shown as connecting, later as offline."""


def face(state: WristState, texts: Catalogue, *, now: datetime, local: datetime) -> Face:
    """The face; ``now`` is the corrected time, ``local`` the same for the eye."""
    badge = len(open_tasks(state))
    link, tone = link_words(state, texts, now)
    if state.binding is None and not badge:
        pill, pill_tone, leads = texts.say("face_unbound"), Tone.ACCENT, Go(ShowBranches())
    elif badge:
        pill, pill_tone, leads = texts.say("face_tasks", count=badge), Tone.ACCENT, Go(ShowList())
    else:
        pill, pill_tone, leads = texts.say("face_none"), Tone.CALM, Go(ShowList())
    return Face(
        clock=local.strftime("%H:%M"),
        branch=state.binding.title if state.binding else "",
        badge=badge,
        pill=pill,
        pill_tone=pill_tone,
        open_pill=leads,
        link=link,
        link_tone=tone,
        open_branch=Go(ShowBranches()),
    )


def link_words(state: WristState, texts: Catalogue, now: datetime) -> tuple[str, Tone]:
    """Online, connecting, or offline for how long (W-01)."""
    if state.online:
        return texts.say("link_online"), Tone.ACCENT
    seconds = 0 if state.offline_since is None else max(0, int((now - state.offline_since).total_seconds()))
    if seconds < CONNECTING_S:
        return texts.say("link_connecting"), Tone.CALM
    if seconds < 120:
        return texts.say("link_offline_seconds", seconds=seconds), Tone.WARN
    return texts.say("link_offline_minutes", minutes=seconds // 60), Tone.WARN


def open_tasks(state: WristState) -> tuple[TaskView, ...]:
    """Unfinished tasks in the list's order, without those that are being passed on."""
    return tuple(view for view in state.book.pending() if not state.under_way(Act.PASS, view.task))


def task_list(state: WristState, texts: Catalogue, *, now: datetime) -> Page:
    """Pending tasks, then the done ones (W-08)."""
    blocks: list[Block] = [_task_row(state, view, texts, now) for view in open_tasks(state)]
    done = state.book.done()
    if done:
        blocks.append(Words(texts.say("list_done"), quiet=True))
        blocks.extend(_task_row(state, view, texts, now) for view in done)
    if not blocks:
        blocks.append(Words(texts.say("list_empty"), quiet=False))
    link, tone = link_words(state, texts, now)
    return Page(
        name="list",
        caption="" if tone is Tone.ACCENT else link,
        title=texts.say("list_title"),
        blocks=tuple(blocks),
        buttons=(),
        back=GoBack(),
        tone=tone if tone is Tone.WARN else Tone.CALM,
    )


def _task_row(state: WristState, view: TaskView, texts: Catalogue, now: datetime) -> Row:
    done = view.state is TaskState.DONE
    if done:
        score = view.match_score
        aside = "" if score is None else f"{round(score * 100)}%"
    elif view.state is TaskState.TALKING or (state.talk is not None and state.talk.task == view.task):
        aside = texts.say("talking")
    else:
        aside = waiting(view, texts, now)
    mine = view.state in (TaskState.HELD, TaskState.TALKING)
    urgent = view.urgency is Urgency.URGENT and not done
    return Row(
        name=view.task,
        title=view.customer_name,
        detail=" · ".join(part for part in (view.number, view.business_name) if part),
        aside=aside,
        tone=Tone.WARN if urgent else Tone.ACCENT if mine else Tone.CALM,
        ticked=False,
        tap=Go(ShowTask(view.task)),
    )


def waiting(view: TaskView, texts: Catalogue, now: datetime) -> str:
    """How long the customer has waited."""
    minutes = int((now - view.waiting_since).total_seconds()) // 60
    return texts.say("waiting_minutes", minutes=minutes) if minutes > 0 else texts.say("waiting_now")


def task_page(state: WristState, view: TaskView, texts: Catalogue, *, now: datetime) -> Page:
    """The plan's top three with likelihood and first reason, and what can be done (W-09)."""
    talking = state.talk is not None and state.talk.task == view.task
    urgent = view.urgency is Urgency.URGENT and view.state is not TaskState.DONE
    aside = texts.say("talking") if talking else waiting(view, texts, now)
    if urgent:
        aside = f"{aside} · {texts.say('urgent')}"
    elif view.booked:
        aside = f"{aside} · {texts.say('booked')}"
    marks = [view.number, aside if view.state is not TaskState.DONE else None]
    blocks: tuple[Block, ...] = tuple(
        Bar(
            label=product.name,
            share=product.probability,
            place=place,
            reason=product.reasons[0].text if product.reasons and not talking else "",
        )
        for place, product in enumerate(view.plan.products)
    )
    if view.state is TaskState.DONE:
        score = view.match_score
        words = texts.say("done_text") if score is None else texts.say("done_score", percent=round(score * 100))
        blocks = (Words(words, quiet=False), *blocks)
    return Page(
        name="talk" if talking else "task",
        caption=" · ".join(mark for mark in marks if mark),
        title=view.customer_name,
        blocks=blocks,
        buttons=_task_buttons(state, view, texts, talking=talking),
        back=GoBack(),
        entry=texts.say("talk_hint") if talking else None,
        tone=Tone.WARN if urgent else Tone.CALM,
        note=view.business_name,
    )


def _task_buttons(state: WristState, view: TaskView, texts: Catalogue, *, talking: bool) -> tuple[Button, ...]:
    def waits(key: str) -> tuple[Button, ...]:
        return (Button("wait", texts.say(key), Tone.CALM, None),)

    task = view.task
    if state.under_way(Act.CLAIM, task):
        return waits("taking")
    if state.under_way(Act.PASS, task):
        return waits("passing")
    if state.under_way(Act.FEEDBACK, task):
        return waits("sending")
    if talking:
        return (Button("end", texts.say("end"), Tone.ACCENT, EndTalk(task)),)
    match view.state:
        case TaskState.OFFERED:
            return (
                Button("pass", texts.say("pass"), Tone.CALM, PassOn(task)),
                Button("take", texts.say("take"), Tone.ACCENT, Take(task)),
            )
        case TaskState.HELD:
            return (
                Button("end", texts.say("end"), Tone.CALM, EndTalk(task)),
                Button("start", texts.say("start_talk"), Tone.ACCENT, Go(ShowConsent(task))),
            )
        case TaskState.TALKING:
            return (Button("end", texts.say("end"), Tone.ACCENT, EndTalk(task)),)
        case TaskState.DONE:
            return ()


def consent_page(view: TaskView, texts: Catalogue) -> Page:
    """The recording question (W-10)."""
    return Page(
        name="consent",
        caption=view.number or view.business_name,
        title=texts.say("consent_title"),
        blocks=(Words(texts.say("consent_text"), quiet=False),),
        buttons=(
            Button("refuse", texts.say("consent_no"), Tone.CALM, Begin(view.task, Consent.REFUSED)),
            Button("grant", texts.say("consent_yes"), Tone.ACCENT, Begin(view.task, Consent.GRANTED)),
        ),
        back=Go(ShowTask(view.task)),
    )


def form_page(form: VisitForm, view: TaskView, texts: Catalogue) -> Page:
    """One page of the feedback form (W-14)."""
    caption = " · ".join(part for part in (view.number, view.customer_name) if part)
    match form.step:
        case FormStep.OUTCOME:
            return Page(
                name="form_outcome",
                caption=caption,
                title=texts.say("form_outcome"),
                blocks=(
                    _choice("success", texts.say("success"), False, MoveForm(FormMove.SUCCEEDED)),
                    _choice("failure", texts.say("failure"), False, MoveForm(FormMove.FAILED)),
                ),
                buttons=(),
                back=Go(ShowTask(view.task)),
            )
        case FormStep.PRODUCTS:
            names = {product.code: product.name for product in view.plan.products}
            rows = [_choice(c, names.get(c, c), c in form.products, Tick(c)) for c in form.offered_products]
            label = texts.say("next") if form.products else texts.say("skip")
            tone = Tone.ACCENT if form.products else Tone.CALM
            button = Button("next", label, tone, MoveForm(FormMove.NEXT))
            return _form_step("form_products", caption, texts, rows, button)
        case FormStep.PREFERENCES:
            heard = {preference.tag: preference.name or preference.tag for preference in view.plan.preferences}
            rows = [
                _choice(tag, heard.get(tag, tag), tag in form.preferences, Tick(tag))
                for tag in form.offered_preferences
            ]
            sign = texts.say("success") if form.outcome is Outcome.SUCCESS else texts.say("failure")
            button = Button("send", texts.say("send"), Tone.ACCENT, SendForm())
            return _form_step("form_preferences", f"{caption} · {sign}", texts, rows, button)


def _form_step(name: str, caption: str, texts: Catalogue, rows: list[Row], button: Button) -> Page:
    blocks: tuple[Block, ...] = tuple(rows) or (Words(texts.say("form_empty"), quiet=False),)
    return Page(
        name=name,
        caption=caption,
        title=texts.say(name),
        blocks=blocks,
        buttons=(button,),
        back=MoveForm(FormMove.BACK),
    )


def _choice(name: str, title: str, ticked: bool, tap: MoveForm | Tick | PickBranch) -> Row:
    tone = Tone.ACCENT if ticked else Tone.CALM
    return Row(name=name, title=title, detail="", aside="", tone=tone, ticked=ticked, tap=tap)


def branch_page(state: WristState, texts: Catalogue) -> Page:
    """The branches that the hub allows this advisor (W-02)."""
    here = state.binding.branch if state.binding else None
    blocks: list[Block] = []
    for choice in state.choices:
        row = _choice(choice.branch, choice.title, choice.branch == here, PickBranch(choice.branch))
        if state.under_way(Act.BIND, choice.branch):
            row = Row(row.name, row.title, "", texts.say("binding"), Tone.CALM, False, None)
        blocks.append(row)
    leave = Button("leave", texts.say("branch_leave"), Tone.CALM, LeaveBranch())
    return Page(
        name="branches",
        caption="",
        title=texts.say("branch_title"),
        blocks=tuple(blocks) or (Words(texts.say("branch_none"), quiet=False),),
        buttons=(leave,) if here is not None else (),
        back=GoBack(),
    )


def notice_page(notice: Notice, state: WristState, texts: Catalogue) -> Page:
    """A refusal of the hub, to be read and put away."""
    view = state.book.tasks.get(notice.task) if notice.task else None
    return Page(
        name="notice",
        caption=view.customer_name if view else "",
        title=texts.say("notice_title"),
        blocks=(Words(texts.refusal(notice.code), quiet=False),),
        buttons=(Button("ok", texts.say("ok"), Tone.CALM, PutAway(notice.message_id)),),
        back=PutAway(notice.message_id),
        tone=Tone.WARN,
    )
