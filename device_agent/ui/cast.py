"""The people and products of the pictures: what a hub would send in each language."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.fields import Language, Urgency
from contracts.session import Binding, BranchChoice
from contracts.visits import (
    CustomerPages,
    DroppedProduct,
    Field,
    Plan,
    PlanMove,
    PlannedProduct,
    Preference,
    Reason,
    TaskState,
    TaskView,
)

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
    dropped: tuple[tuple[str, str], tuple[str, str]]
    customer: tuple[str, str, str]
    heard: str
    moved: tuple[str, str]
    asked: tuple[str, str]
    colleague: str


WORDS = {
    Language.EN: Words(
        branches=("Riverside", "Central Station"),
        names=("Wang * Ming", "Elizabeth K*", "J* Park", "Maximilian von B*"),
        business=("Loans and mortgages", "Account"),
        products=("Time deposit", "Home contents insurance", "Fund plan"),
        reasons=(
            "Looked at savings (14 days): 6, above average",
            "Has a mortgage",
            "Worth a try: outside the model's top three",
        ),
        preferences=("Family", "Travel", "A new home"),
        dropped=(("Growth fund", "Risk rating 2, the product needs 4"), ("Gold card", "Has it already")),
        customer=("…17", "Affluent", "40–49"),
        heard="we are looking at a flat near the river, so not a fund right now",
        moved=("Need: a home", "Refused"),
        asked=("Funds", "A home"),
        colleague="Lee",
    ),
    Language.ZH: Words(
        branches=("滨江支行", "火车站支行"),
        names=("王*明", "欧阳*华", "朴*", "李*"),
        business=("个人贷款", "开户"),
        products=("定期存款", "家庭财产综合保险", "基金定投"),
        reasons=("近 14 天浏览储蓄与定存：6，高于平均", "已持有住房贷款", "探索推荐：不在模型前三名"),
        preferences=("家庭", "旅行", "新居"),
        dropped=(("成长型基金", "风险承受能力 2，产品要求 4"), ("金卡", "已持有")),
        customer=("…17", "财富客户", "40–49"),
        heard="我们想在江边买一套房子，基金暂时不考虑",
        moved=("需要：住房", "已拒绝"),
        asked=("基金", "住房"),
        colleague="李敏",
    ),
    Language.KO: Words(
        branches=("강변 지점", "중앙역 지점"),
        names=("김*수", "남궁*민", "박*", "이*영"),
        business=("대출 상담", "계좌 개설"),
        products=("정기예금", "주택 화재 종합보험", "적립식 펀드"),
        reasons=("최근 14일 예금 조회: 6, 평균 이상", "주택담보대출 보유", "탐색 추천: 모델 상위 3위 밖"),
        preferences=("가족", "여행", "새 집"),
        dropped=(("성장형 펀드", "투자성향 2, 상품 요구 등급 4"), ("골드 카드", "이미 보유")),
        customer=("…17", "우수 고객", "40–49"),
        heard="강변에 집을 알아보고 있어서 펀드는 지금은 괜찮아요",
        moved=("필요: 주택", "거절"),
        asked=("펀드", "주택"),
        colleague="이민",
    ),
}


def binding(language: Language) -> Binding:
    """Where the device of the pictures is bound."""
    return Binding(branch="b-0", title=WORDS[language].branches[0], advisor="ann", language=language, since=NOW)


def choices(language: Language) -> tuple[BranchChoice, ...]:
    """The branches to pick from."""
    return tuple(BranchChoice(branch=f"b-{n}", title=title) for n, title in enumerate(WORDS[language].branches))


def plan(language: Language, *, moved: bool = False) -> Plan:
    """The plan of every customer of the pictures; ``moved`` as a talk left it."""
    words = WORDS[language]
    order = (1, 0, 2) if moved else (0, 1, 2)
    shares = (0.71, 0.64, 0.12) if moved else (0.92, 0.61, 0.38)
    return Plan(
        products=tuple(
            PlannedProduct(
                code=f"p-{at}",
                name=words.products[at],
                probability=share,
                reasons=tuple(Reason(code=f"r-{n}", text=text) for n, text in enumerate(words.reasons) if n != at % 2),
            )
            for at, share in zip(order, shares, strict=True)
        ),
        preferences=tuple(
            Preference(tag=f"t-{place}", name=name, weight=weight)
            for place, (name, weight) in enumerate(zip(words.preferences, (0.8, 0.3, 0.6), strict=True))
        ),
        removed=4,
        model="ranker-1",
        made_at=NOW,
        dropped=tuple(
            DroppedProduct(code=f"d-{n}", name=name, why=Reason(code="rule", text=why))
            for n, (name, why) in enumerate(words.dropped)
        ),
        moves=(
            PlanMove(code="p-1", was=1, now=0, why=Reason(code="wide_need", text=words.moved[0])),
            PlanMove(code="p-2", was=1, now=2, why=Reason(code="refusal", text=words.moved[1])),
        )
        if moved
        else (),
    )


def pages(language: Language) -> CustomerPages:
    """What the holder may see of a customer."""
    words = WORDS[language]
    reference, segment, age = words.customer
    return CustomerPages(
        customer=(
            Field(code="name", value=words.names[2], masked=True),
            Field(code="reference", value=reference, masked=True),
            Field(code="segment", value=segment, masked=False),
            Field(code="age_band", value=age, masked=False),
        ),
        assets=tuple(Field(code="holding", value=name, masked=False) for name in words.products[1:]),
        preferences=tuple(
            Field(code="preference", value=f"{name} {share}%", masked=False)
            for name, share in zip(words.preferences, (80, 60, 30), strict=True)
        ),
    )


def visit(
    language: Language, number: int, state: TaskState, minutes: int, urgency: Urgency = Urgency.ORDINARY
) -> TaskView:
    """One visit of the pictures."""
    words = WORDS[language]
    done = state is TaskState.DONE
    held = state in (TaskState.HELD, TaskState.TALKING)
    return TaskView(
        task=f"task-{number:04d}",
        branch="b-0",
        state=state,
        urgency=urgency,
        customer_name=words.names[number % 4],
        business="loan",
        business_name=words.business[number % 2],
        booked=number % 4 == 3,
        waiting_since=NOW - timedelta(minutes=minutes),
        offered_at=NOW - timedelta(minutes=minutes),
        expires=NOW + timedelta(hours=1),
        plan=plan(language),
        number=f"A{(16 + number) % 1000:03d}",
        holder=None if state is TaskState.OFFERED else "ann",
        match_score=1.0 if done else None,
        pages=pages(language) if held else None,
    )
