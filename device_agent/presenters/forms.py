"""The feedback form, a page a question (W-14)."""

from contracts.visits import Outcome, TaskView
from device_agent.core.form import FormMove, FormStep, VisitForm
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.pages import Block, Button, Choice, Leaves, Page, Row, Sign, Tone, Words
from device_agent.presenters.routes import Go, MoveForm, Say, SendForm, ShowForm, ShowTask, Tick

NOTES = ("call_back", "papers", "offer", "thinking")
"""Notes ready to tap; their texts are ``note_…`` of the catalogue."""


def form_page(form: VisitForm, view: TaskView, texts: Catalogue) -> Page:
    """One page of the form."""
    match form.step:
        case FormStep.OUTCOME:
            return Page(
                name="form_outcome",
                caption=view.customer_name,
                title=texts.say("form_outcome"),
                blocks=(
                    Choice("success", texts.say("success"), Tone.ACCENT, MoveForm(FormMove.SUCCEEDED), Sign.CHECK),
                    Choice("failure", texts.say("failure"), Tone.CALM, MoveForm(FormMove.FAILED), Sign.CROSS),
                ),
                buttons=(),
                back=Go(ShowTask(view.task)),
                leaves=Leaves(0, 3),
            )
        case FormStep.PRODUCTS:
            basis = view.plan.basis.products if view.plan.basis is not None else ()
            names = {offer.code: offer.name for offer in basis}
            names |= {product.code: product.name for product in view.plan.products}
            rows = tuple(_product(form, code, names.get(code, code), texts) for code in form.offered_products)
            some = bool(form.products or form.refused)
            label = texts.say("next") if some else texts.say("skip")
            button = Button("next", label, Tone.ACCENT if some else Tone.CALM, MoveForm(FormMove.NEXT))
            return _step("form_products", 1, view, texts, rows, button)
        case FormStep.PREFERENCES:
            heard = {preference.tag: preference.name or preference.tag for preference in view.plan.preferences}
            rows = tuple(_choice(tag, heard.get(tag, tag), tag in form.preferences) for tag in form.offered_preferences)
            note = Row(
                name="note",
                title=form.note or texts.say("note_add"),
                detail="",
                aside="",
                tone=Tone.ACCENT if form.note else Tone.CALM,
                ticked=False,
                tap=Go(ShowForm(form, noting=True)),
                sign=Sign.NOTE,
                shortened=bool(form.note),
            )
            done = texts.say("success") if form.outcome is Outcome.SUCCESS else texts.say("failure")
            button = Button("send", texts.say("send"), Tone.ACCENT, SendForm(), detail=done)
            return _step("form_preferences", 2, view, texts, (*rows, note), button)


def note_page(form: VisitForm, view: TaskView, texts: Catalogue) -> Page:
    """A note to the visit: tapped or typed."""
    rows = tuple(
        Row(f"note_{name}", said, "", "", Tone.CALM, said == form.note, Say("" if said == form.note else said))
        for name in NOTES
        for said in (texts.say("note", name=name),)
    )
    return Page(
        name="form_note",
        caption=view.customer_name,
        title=texts.say("note_title"),
        blocks=rows,
        buttons=(),
        back=Go(ShowForm(form)),
        entry=texts.say("note_hint"),
        about=view.task,
    )


def _product(form: VisitForm, code: str, name: str, texts: Catalogue) -> Row:
    if code in form.products:
        return Row(code, name, texts.say("product_taken"), "", Tone.ACCENT, True, Tick(code))
    if code in form.refused:
        return Row(code, name, texts.say("product_refused"), "", Tone.WARN, False, Tick(code), end=Sign.CROSS)
    return Row(code, name, "", "", Tone.CALM, False, Tick(code), end=Sign.RING)


def _choice(name: str, title: str, ticked: bool) -> Row:
    return Row(
        name, title, "", "", Tone.ACCENT if ticked else Tone.CALM, ticked, Tick(name), end=None if ticked else Sign.RING
    )


def _step(name: str, at: int, view: TaskView, texts: Catalogue, rows: tuple[Row, ...], button: Button) -> Page:
    blocks: tuple[Block, ...] = rows or (Words(texts.say("form_empty")),)
    return Page(
        name=name,
        caption=view.customer_name,
        title=texts.say(name),
        blocks=blocks,
        buttons=(button,),
        back=MoveForm(FormMove.BACK),
        leaves=Leaves(at, 3),
    )
