"""The alert, the list, and a task's pages: plan, why, why not, customer, assets, preferences (W-07 to W-09)."""

from datetime import datetime
from typing import assert_never

from contracts.fields import Urgency
from contracts.visits import CustomerPages, Field, TaskState, TaskView
from device_agent.core.acts import Act, WristState
from device_agent.core.calls import Call, CallFate
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.face import link_mark, open_tasks
from device_agent.presenters.pages import (
    JOINT,
    Bar,
    Block,
    Button,
    Detail,
    Emblem,
    Leaves,
    Mark,
    Page,
    Row,
    Sign,
    Tone,
    Words,
)
from device_agent.presenters.routes import (
    EndCall,
    EndTalk,
    Go,
    GoBack,
    Leaf,
    PassOn,
    ReadAloud,
    ShowConsent,
    ShowList,
    ShowTask,
    ShowWhy,
    ShowWhyNot,
    Take,
    Unveil,
)

LEAVES = tuple(Leaf)


def waiting(view: TaskView, texts: Catalogue, now: datetime) -> str:
    """How long the customer has waited."""
    minutes = int((now - view.waiting_since).total_seconds()) // 60
    return texts.say("waiting_minutes", minutes=minutes) if minutes > 0 else texts.say("waiting_now")


def is_urgent(view: TaskView) -> bool:
    """Whether the visit is urgent and not over."""
    return view.urgency is Urgency.URGENT and view.state is not TaskState.DONE


def _joined(*parts: str | None) -> str:
    return JOINT.join(part for part in parts if part)


def _urgency(view: TaskView, texts: Catalogue) -> str:
    if view.booked and view.state is not TaskState.DONE:
        return texts.say("booked")
    return texts.say("urgent") if is_urgent(view) else ""


def alert(state: WristState, call: Call, texts: Catalogue, *, now: datetime) -> Page:
    """One customer who waits: who, what, how long, why; take or pass. Then what became of it elsewhere (W-07)."""
    view = state.book.tasks.get(call.task)
    if call.fate is not CallFate.OPEN or view is None:
        return _over(call, texts)
    mark = Mark(Sign.CLOCK, waiting(view, texts, now), Tone.CALM)
    if urgency := _urgency(view, texts):
        mark = Mark(Sign.WARNING, _joined(urgency, mark.text), Tone.WARN)
    blocks: list[Block] = [Words(_joined(view.number, view.business_name), strong=True)]
    if view.plan.products:
        first = view.plan.products[0]
        reason = first.reasons[0].text if first.reasons else ""
        blocks.append(Bar("bar 0", first.name, first.probability, 0, reason, lead=True))
    return Page(
        name="alert",
        caption="",
        title=view.customer_name,
        blocks=tuple(blocks),
        buttons=_task_buttons(state, view, texts),
        back=EndCall(call.task),
        mark=mark,
        tone=Tone.WARN if is_urgent(view) else Tone.ACCENT,
        urgent=is_urgent(view),
    )


def rehearsal(texts: Catalogue) -> Page:
    """A call about nobody, drawn where no one sees it, so that the first real one is as quick as the second."""
    return Page(
        name="alert",
        caption="",
        title=texts.say("list_title"),
        blocks=(
            Words(texts.say("list_title"), strong=True),
            Bar("bar 0", texts.say("why_title"), 0.5, 0, texts.say("why_likely"), lead=True),
            Bar("bar 1", texts.say("why_title"), 0.5, 1, ""),
        ),
        buttons=(
            Button("pass", texts.say("pass"), Tone.CALM, GoBack()),
            Button("take", texts.say("take"), Tone.ACCENT, GoBack()),
        ),
        back=GoBack(),
        mark=Mark(Sign.WARNING, texts.say("urgent"), Tone.WARN),
        urgent=True,
    )


def _over(call: Call, texts: Catalogue) -> Page:
    match call.fate:
        case CallFate.TAKEN:
            sign, title = Sign.PERSON, texts.say("call_taken", name=call.by)
        case CallFate.EXPIRED:
            sign, title = Sign.CLOCK, texts.say("call_expired")
        case CallFate.OPEN | CallFate.GONE:
            sign, title = Sign.CHECK, texts.say("call_gone")
        case _:
            assert_never(call.fate)
    return Page(
        name="alert_over",
        caption=_joined(call.number, call.name),
        title=title,
        blocks=(Emblem(sign, Tone.CALM), Words(texts.say("call_nothing_to_do"), quiet=True)),
        buttons=(Button("ok", texts.say("ok"), Tone.CALM, EndCall(call.task)),),
        back=EndCall(call.task),
    )


def task_list(state: WristState, texts: Catalogue, *, now: datetime) -> Page:
    """Pending tasks, then the done ones (W-08)."""
    blocks: list[Block] = [_task_row(state, view, texts, now) for view in open_tasks(state)]
    done = state.book.done()
    if done:
        blocks.append(Words(texts.say("list_done"), quiet=True))
        blocks.extend(_task_row(state, view, texts, now) for view in done)
    if not blocks:
        hint = texts.say("list_empty_hint") if state.binding else texts.say("face_unbound")
        blocks = [Emblem(Sign.CHECK, Tone.CALM), Words(texts.say("list_empty")), Words(hint, quiet=True)]
    link = link_mark(state, texts, now)
    return Page(
        name="list",
        caption="",
        title=texts.say("list_title"),
        blocks=tuple(blocks),
        buttons=(),
        back=GoBack(),
        mark=None if state.online else link,
    )


def _task_row(state: WristState, view: TaskView, texts: Catalogue, now: datetime) -> Row:
    done = view.state is TaskState.DONE
    talking = state.talk is not None and state.talk.task == view.task
    if done:
        score = view.match_score
        aside, end = ("", Sign.CHECK) if score is None else (f"{round(score * 100)}%", Sign.CHECK)
    elif view.state is TaskState.TALKING or talking:
        aside, end = texts.say("talking"), None
    else:
        aside, end = waiting(view, texts, now), None
    mine = view.state in (TaskState.HELD, TaskState.TALKING)
    return Row(
        name=view.task,
        title=view.customer_name,
        detail=_joined(None if done else _urgency(view, texts), view.number, view.business_name),
        aside=aside,
        tone=Tone.WARN if is_urgent(view) else Tone.ACCENT if mine else Tone.CALM,
        ticked=False,
        tap=Go(ShowTask(view.task)),
        sign=Sign.WARNING if is_urgent(view) else Sign.PERSON if mine else None,
        end=end,
        shortened=True,
    )


def task_page(state: WristState, view: TaskView, texts: Catalogue, *, now: datetime) -> Page:
    """The plan's top three with likelihood, the first one's reason, and what can be done (W-09)."""
    done = view.state is TaskState.DONE
    urgency = _urgency(view, texts)
    blocks: list[Block] = [
        Bar(
            name=f"bar {place}",
            label=product.name,
            share=product.probability,
            place=place,
            reason=product.reasons[0].text if product.reasons else "",
            tap=Go(ShowWhy(view.task, product.code)),
            lead=place == 0,
        )
        for place, product in enumerate(view.plan.products)
    ]
    if not blocks:
        blocks.append(Words(texts.say("plan_empty")))
    if view.pages is not None:
        blocks.append(_next_leaf(view, Leaf.CUSTOMER, texts))
    if view.plan.dropped or view.plan.removed:
        tap = Go(ShowWhyNot(view.task)) if view.plan.dropped else None
        title = texts.say("why_not_count", count=view.plan.removed)
        blocks.append(Row("why_not", title, "", "", Tone.CALM, False, tap, sign=Sign.CROSS))
    read = ReadAloud(spoken(view, texts, now=now))
    blocks.append(Row("read", texts.say("read_aloud"), "", "", Tone.CALM, False, read, sign=Sign.SPEAKER))
    caption = _joined(view.number, None if done else waiting(view, texts, now))
    mark = Mark(Sign.WARNING, _joined(view.number, urgency), Tone.WARN) if urgency else None
    if done:
        score = view.match_score
        said = texts.say("done_text") if score is None else texts.say("done_score", percent=round(score * 100))
        mark = Mark(Sign.CHECK, _joined(view.number, said), Tone.ACCENT)
    return Page(
        name="task",
        caption=caption,
        title=view.customer_name,
        blocks=tuple(blocks),
        buttons=_task_buttons(state, view, texts),
        back=Go(ShowList()),
        tone=Tone.WARN if is_urgent(view) else Tone.CALM,
        mark=mark,
        leaves=_leaves(view, Leaf.PLAN),
    )


def _next_leaf(view: TaskView, leaf: Leaf, texts: Catalogue) -> Row:
    """What a swipe to the left shows, for those who don't swipe."""
    title = texts.say(f"leaf_{leaf.value}")
    return Row(f"to {leaf.value}", title, "", "", Tone.CALM, False, Go(ShowTask(view.task, leaf)), sign=Sign.PERSON)


def _leaves(view: TaskView, leaf: Leaf) -> Leaves | None:
    return None if view.pages is None else Leaves(LEAVES.index(leaf), len(LEAVES))


def spoken(view: TaskView, texts: Catalogue, *, now: datetime) -> str:
    """The task for the ear: never the customer's name, which others would hear (W-07)."""
    parts = [_joined(view.number, view.business_name, waiting(view, texts, now)).replace(JOINT, ", ")]
    for place, product in enumerate(view.plan.products):
        reason = product.reasons[0].text if product.reasons and place == 0 else ""
        parts.append(f"{product.name}, {round(product.probability * 100)}%" + (f", {reason}" if reason else ""))
    return texts.say("spoken_stop").join(parts)


def _task_buttons(state: WristState, view: TaskView, texts: Catalogue) -> tuple[Button, ...]:
    def waits(key: str) -> tuple[Button, ...]:
        return (Button("wait", texts.say(key), Tone.CALM, None),)

    task = view.task
    if state.under_way(Act.CLAIM, task):
        return waits("taking")
    if state.under_way(Act.PASS, task):
        return waits("passing")
    if state.under_way(Act.FEEDBACK, task):
        return waits("sending")
    match view.state:
        case TaskState.OFFERED:
            return (
                Button("pass", texts.say("pass"), Tone.CALM, PassOn(task)),
                Button("take", texts.say("take"), Tone.ACCENT, Take(task)),
            )
        case TaskState.HELD:
            return (
                Button("end", texts.say("finish"), Tone.CALM, EndTalk(task)),
                Button("start", texts.say("start_talk"), Tone.ACCENT, Go(ShowConsent(task))),
            )
        case TaskState.TALKING:
            return (Button("end", texts.say("end"), Tone.ACCENT, EndTalk(task)),)
        case TaskState.DONE:
            return ()


def why_page(view: TaskView, product: str, texts: Catalogue) -> Page:
    """All the reasons of one product (W-09)."""
    back = Go(ShowTask(view.task))
    for place, planned in enumerate(view.plan.products):
        if planned.code == product:
            reasons: tuple[Block, ...] = tuple(
                Row(f"reason {n}", reason.text, "", "", Tone.CALM, False, None, sign=Sign.CHECK)
                for n, reason in enumerate(planned.reasons)
            )
            return Page(
                name="why",
                caption=texts.say("why_title"),
                title=planned.name,
                blocks=(
                    Bar(f"bar {place}", texts.say("why_likely"), planned.probability, place, ""),
                    *(reasons or (Words(texts.say("why_none")),)),
                ),
                buttons=(),
                back=back,
            )
    return Page("why", texts.say("why_title"), "", (Words(texts.say("why_gone")),), (), back)


def why_not_page(view: TaskView, texts: Catalogue, *, blank: bool) -> Page:
    """Which products the declared rules took out, and why (W-05)."""
    blocks: list[Block] = [
        Row(f"dropped {n}", dropped.name, dropped.why.text, "", Tone.CALM, False, None)
        for n, dropped in enumerate(view.plan.dropped)
    ]
    more = view.plan.removed - len(view.plan.dropped)
    if more > 0:
        blocks.append(Words(texts.say("why_not_more", count=more), quiet=True))
    buttons: tuple[Button, ...] = ()
    if blank:  # the reasons tell what the customer has
        blocks = [Emblem(Sign.HIDDEN, Tone.CALM), Words(texts.say("leaf_blank"))]
        buttons = (Button("unveil", texts.say("leaf_show"), Tone.ACCENT, Unveil()),)
    return Page(
        name="why_not",
        caption=view.customer_name,
        title=texts.say("why_not_title"),
        blocks=tuple(blocks),
        buttons=buttons,
        back=Go(ShowTask(view.task)),
    )


def leaf_page(view: TaskView, leaf: Leaf, texts: Catalogue, *, blank: bool) -> Page:
    """A page about the customer, each field masked or hidden by the hub; blanked when nobody looks (W-09)."""
    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...] = ()
    if view.pages is None:
        blocks = (Emblem(Sign.LOCK, Tone.CALM), Words(texts.say("leaf_holder_only")))
    elif blank:
        blocks = (Emblem(Sign.HIDDEN, Tone.CALM), Words(texts.say("leaf_blank")))
        buttons = (Button("unveil", texts.say("leaf_show"), Tone.ACCENT, Unveil()),)
    else:
        blocks = tuple(
            Detail("" if leaf is not Leaf.CUSTOMER else texts.say("field", code=field.code), field.value, field.masked)
            for field in _fields_of(view.pages, leaf)
        ) or (Words(texts.say("leaf_empty")),)
        after = LEAVES.index(leaf) + 1
        if after < len(LEAVES):
            blocks = (*blocks, _next_leaf(view, LEAVES[after], texts))
    return Page(
        name=leaf.value,
        caption=_joined(view.number, view.customer_name),
        title=texts.say(f"leaf_{leaf.value}"),
        blocks=blocks,
        buttons=buttons,
        back=Go(ShowTask(view.task, LEAVES[LEAVES.index(leaf) - 1])),
        leaves=_leaves(view, leaf),
    )


def _fields_of(pages: CustomerPages, leaf: Leaf) -> tuple[Field, ...]:
    match leaf:
        case Leaf.PLAN:
            return ()
        case Leaf.CUSTOMER:
            return pages.customer
        case Leaf.ASSETS:
            return pages.assets
        case Leaf.PREFERENCES:
            return pages.preferences
