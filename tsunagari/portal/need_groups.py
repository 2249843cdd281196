"""The twelve words by which a visitor browses: each stands for several needs of the taxonomy.

A group's key is part of an address, which stays in a browser's history: it tells as little as it can
(``safety``, not ``dv``). The same key names its drawing in static/img/icons.svg.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class NeedGroup:
    """A word for browsing. ``needs`` are codes of ``data/lexicon/needs.json``; those below them count too."""

    key: str
    label: str | Promise
    text: str | Promise
    needs: tuple[str, ...]
    urgent: bool = False


NEED_GROUPS: tuple[NeedGroup, ...] = (
    NeedGroup(
        "company",
        _("さびしい・話したい"),
        _("話す相手がいない、だれかの声が聞きたい。理由がはっきりしなくても、話してだいじょうぶです。"),
        ("loneliness", "just-talk", "isolation-older"),
    ),
    NeedGroup(
        "life",
        _("消えたい・死にたい"),
        _("そう思うほど、つらいことがあったのですね。その気持ちのまま、話せる人がいます。"),
        ("suicidal", "self-harm", "overdose", "bereavement", "grief-suicide"),
        urgent=True,
    ),
    NeedGroup(
        "mind",
        _("こころ・眠れない"),
        _("気持ちが落ちこむ、不安がつづく、眠れない、やめられない。こころのことを話せるところです。"),
        ("mental-health",),
    ),
    NeedGroup(
        "family",
        _("家族・子育て"),
        _("夫婦や親子のこと、妊娠、子育て。家の中のことも、外の人に話していいのです。"),
        ("family", "parenting"),
    ),
    NeedGroup(
        "safety",
        _("暴力・こわい"),
        _("たたかれる、どなられる、つきまとわれる、いやなことをされる。あなたは悪くありません。"),
        ("violence", "dv", "sexual-violence", "child-abuse", "stalking", "crime-victim"),
        urgent=True,
    ),
    NeedGroup(
        "school",
        _("学校・いじめ"),
        _("学校に行きたくない、友だちのこと、いじめ、進路。子どもも保護者も話せます。"),
        ("child", "school", "bullying", "school-refusal"),
    ),
    NeedGroup(
        "work",
        _("仕事・職場"),
        _("働きすぎ、ハラスメント、やめたい、仕事が見つからない。仕事のことを話せるところです。"),
        ("labour", "employment", "harassment"),
    ),
    NeedGroup(
        "living",
        _("お金・住まい"),
        _("食べるものがない、家賃が払えない、借金がある。早く話すほど、できることが増えます。"),
        ("poverty", "debt", "housing", "legal"),
    ),
    NeedGroup(
        "home",
        _("ひきこもり"),
        _("外に出られない本人も、家族も。いまの暮らしのまま話せます。"),
        ("hikikomori", "social-withdrawal-family", "8050"),
    ),
    NeedGroup(
        "care",
        _("介護・病気"),
        _("介護、認知症、病気、障害。世話をしている人の気持ちも、話していいのです。"),
        ("care", "medical", "dementia", "older"),
    ),
    NeedGroup(
        "languages",
        _("外国から来た"),
        _("日本での暮らし、在留の手続き、仕事。いろいろな言葉で話せるところがあります。"),
        ("foreign-residents",),
    ),
    NeedGroup(
        "myself",
        _("性のこと・差別"),
        _("性別や好きになる相手のこと、差別、人としての権利。あなたのままで話せます。"),
        ("rights", "lgbtq", "discrimination"),
    ),
)

BY_KEY = {group.key: group for group in NEED_GROUPS}


def group_of(codes: list[str]) -> NeedGroup | None:
    """Return the first group that names one of the needs ``codes`` (in their order), or None."""
    for code in codes:
        for group in NEED_GROUPS:
            if code in group.needs:
                return group
    return None
