"""Made-up moments of a branch morning, to look at every page in every language on every screen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from contracts.fields import Language, Urgency
from contracts.session import Binding, BranchChoice
from contracts.visits import Consent, GiveFeedback, Plan, PlannedProduct, Preference, Reason, TaskState, TaskView
from device_agent.core import form as forms
from device_agent.core.acts import Act, Intent, Notice, WristState
from device_agent.core.book import Book
from device_agent.core.form import FormMove
from device_agent.presenters.pages import Route, ShowBranches, ShowConsent, ShowFace, ShowForm, ShowList, ShowTask

NOW = datetime(2026, 11, 21, 9, 41, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Words:
    """What the hub would send in one language."""

    branches: tuple[str, str]
    names: tuple[str, str, str, str]
    business: tuple[str, str]
    products: tuple[str, str, str]
    reasons: tuple[str, str, str]
    preferences: tuple[str, str, str]


WORDS = {
    Language.EN: Words(
        branches=("Riverside", "Central Station"),
        names=("Wang * Ming", "Elizabeth K*", "J* Park", "Maximilian von B*"),
        business=("Loans and mortgages", "Account"),
        products=("Time deposit", "Home contents insurance", "Fund plan"),
        reasons=(
            "Looked at savings (14 days): 6, above average",
            "Has Mortgage",
            "A try: not among the model's first three",
        ),
        preferences=("Family", "Travel", "A new home"),
    ),
    Language.ZH: Words(
        branches=("滨江支行", "火车站支行"),
        names=("王*明", "欧阳*华", "朴*", "李*"),
        business=("个人贷款", "开户"),
        products=("定期存款", "家庭财产综合保险", "基金定投"),
        reasons=("近 14 天浏览储蓄与定存：6，高于平均", "已持有住房贷款", "尝试推荐：不在模型前三名"),
        preferences=("家庭", "旅行", "新居"),
    ),
    Language.KO: Words(
        branches=("강변 지점", "중앙역 지점"),
        names=("김*수", "남궁*민", "박*", "이*영"),
        business=("대출 상담", "계좌 개설"),
        products=("정기예금", "주택 화재 종합보험", "적립식 펀드"),
        reasons=("최근 14일 예금 조회: 6, 평균 이상", "주택담보대출 보유", "시험 추천: 모델 상위 3개가 아님"),
        preferences=("가족", "여행", "새 집"),
    ),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: its name, what is known, and the page that is open."""

    name: str
    state: WristState
    route: Route


class Still:
    """An agent that stands still, for pictures; every act is taken and changes nothing."""

    def __init__(self, state: WristState) -> None:
        self.state = state
        self.done: list[str] = []

    def bind(self, branch: str) -> str:
        return self._note(f"bind {branch}")

    def unbind(self) -> str:
        return self._note("unbind")

    def claim(self, task_id: str) -> str:
        return self._note(f"claim {task_id}")

    def pass_task(self, task_id: str) -> str:
        return self._note(f"pass {task_id}")

    def start_talk(self, task_id: str, consent: Consent) -> str:
        return self._note(f"talk {task_id} {consent}")

    def say(self, text: str) -> str:
        return self._note(f"say {text}")

    def give_feedback(self, feedback: GiveFeedback) -> str:
        return self._note(f"feedback {feedback.task_id} {feedback.outcome}")

    def dismiss_notice(self, message_id: str) -> None:
        self._note(f"dismiss {message_id}")

    def _note(self, act: str) -> str:
        self.done.append(act)
        return "message-0001"


def scenes(language: Language) -> list[Scene]:
    """Every page that there is."""
    words = WORDS[language]
    choices = tuple(BranchChoice(branch=f"b-{n}", title=title) for n, title in enumerate(words.branches))
    binding = Binding(branch="b-0", title=words.branches[0], advisor="ann", language=language, since=NOW)

    def view(number: int, state: TaskState, minutes: int, urgency: Urgency = Urgency.ORDINARY) -> TaskView:
        plan = Plan(
            products=tuple(
                PlannedProduct(
                    code=f"p-{place}", name=name, probability=share, reasons=(Reason(code="r", text=reason),)
                )
                for place, (name, reason, share) in enumerate(
                    zip(words.products, words.reasons, (0.92, 0.61, 0.38), strict=True)
                )
            ),
            preferences=tuple(
                Preference(tag=f"t-{place}", name=name, weight=weight)
                for place, (name, weight) in enumerate(zip(words.preferences, (0.8, 0.3, 0.6), strict=True))
            ),
            removed=2,
            model="ranker-1",
            made_at=NOW,
        )
        done = state is TaskState.DONE
        return TaskView(
            task=f"task-{number:04d}",
            branch="b-0",
            state=state,
            urgency=urgency,
            customer_name=words.names[number % 4],
            business="loan",
            business_name=words.business[number % 2],
            booked=number == 3,
            waiting_since=NOW - timedelta(minutes=minutes),
            offered_at=NOW - timedelta(minutes=minutes),
            expires=NOW + timedelta(hours=1),
            plan=plan,
            number=f"A{16 + number:03d}",
            holder=None if state is TaskState.OFFERED else "ann",
            match_score=1.0 if done else None,
        )

    urgent = view(0, TaskState.OFFERED, 4, Urgency.URGENT)
    open_one, held, done = view(1, TaskState.OFFERED, 0), view(2, TaskState.HELD, 12), view(3, TaskState.DONE, 31)
    book = Book({v.task: v for v in (urgent, open_one, held, done)})
    base = WristState(book=book, binding=binding, choices=choices, online=True)
    offline = replace(base, online=False, offline_since=NOW - timedelta(seconds=12))
    nothing = replace(base, book=Book({}))
    talking = replace(
        base, book=Book({held.task: msgspec.structs.replace(held, state=TaskState.TALKING), urgent.task: urgent})
    )
    taking = replace(base, intents=(Intent("message-1", Act.CLAIM, urgent.task, True),))
    refused = replace(base, notices=(Notice("message-1", "task_not_offered", open_one.task, NOW),))
    form = forms.begin(held)
    products = forms.move(form, FormMove.SUCCEEDED)
    chosen = forms.take_product(products, "p-1")
    unbound = WristState(choices=choices, online=True)
    make: list[tuple[str, WristState, Callable[[], Route]]] = [
        ("face", base, ShowFace),
        ("face-offline", offline, ShowFace),
        ("face-quiet", nothing, ShowFace),
        ("face-unbound", replace(unbound, online=False, offline_since=NOW), ShowFace),
        ("branches", unbound, ShowBranches),
        ("branches-bound", base, ShowBranches),
        ("list", base, ShowList),
        ("list-offline", offline, ShowList),
        ("list-empty", nothing, ShowList),
        ("task-urgent", base, lambda: ShowTask(urgent.task)),
        ("task-taking", taking, lambda: ShowTask(urgent.task)),
        ("task-held", base, lambda: ShowTask(held.task)),
        ("task-done", base, lambda: ShowTask(done.task)),
        ("consent", base, lambda: ShowConsent(held.task)),
        ("talk", talking, lambda: ShowTask(held.task)),
        ("form-1-outcome", talking, lambda: ShowForm(form)),
        ("form-2-products", talking, lambda: ShowForm(chosen)),
        ("form-3-preferences", talking, lambda: ShowForm(forms.move(chosen, FormMove.NEXT))),
        ("notice", refused, ShowFace),
    ]
    return [Scene(name, state, route()) for name, state, route in make]
