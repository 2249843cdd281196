"""From what a person typed and chose to what the database is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tsunagari.core import japanese
from tsunagari.core.areas import AreaNode, area_tree, areas_below
from tsunagari.core.models import Area
from tsunagari.directory.lexicon import Understanding, understand
from tsunagari.directory.models import Service
from tsunagari.directory.search import names, needs, openness
from tsunagari.directory.search.answers import answering
from tsunagari.directory.search.areas_in_text import AreasInText, areas_in_text
from tsunagari.directory.search.kinds import municipal_kinds
from tsunagari.directory.search.ranking import CANDIDATES, Concept, Wanted
from tsunagari.directory.search.request import PAGE_SIZE, SearchRequest, clean

MAX_CONCEPTS = 12
# 「夜中に話せるところ」 names no trouble: somebody wants to talk.
TALKING = "just-talk"
TALKING_WEIGHT = 0.5
# How much what was wished for lifts a service that has it.
SOFT = {"channel": 0.5, "language": 0.2, "free": 0.1, "audience": 0.1, "programme": 0.3}
# Whoever asks in another language, or for one, needs a line that speaks it first of all.
LANGUAGE_WEIGHT = 0.6
# Words of benefits, procedures and papers: a programme is wanted rather than a line.
_PROGRAMME = re.compile(
    "手当|給付|補助|助成|免除|減免|猶予|貸付|借り|奨学|年金|保険|手帳|制度|申請|手続|認定|受給|もらえ|貰え|戻って|控除|限度額|"
    "訓練|資格|一時金|費用|医療費|学費|代金|料金|(?<![a-z])(?:benefit|allowance|grant|loan|pension|insurance|apply)"
)
MAX_NEEDS = 6
# A telephone number from this many digits on may be given in part.
DIGITS_OF_A_PART = 6

# What nearly every question and every entry says: it tells nothing, unless there is nothing else.
_WEAK_WORDS = """
相談 窓口 電話 話す 話 事 所 人 方 物 時 今 場所 有る 居る 無い 為る 成る 遣る 行く 来る 下さる 欲しい
教える 何 何処 誰 どう 如何 出来る 願う お願い 知る 聞く 思う 言う 見る さん 君 もう とても 凄い 的 等
私 僕 俺 自分 たい 良い いい 助ける 助け 困る 悩む 悩み 支援 センター サポート ダイヤル 番号 連絡先 探す
調べる 頂く 貰う 呉れる 其れ 此れ 此処 中 様 さ 為 続く 毎日 最近 全部 全然 ちょっと 一寸 まじ マジ 本当
ほんと i im me my we our you your he she they the a an to want need help is am are be in on of for with
and or can cant not no do does dont who what where when how why it its this that please some someone
anyone any get have has had from at by so very
"""
WEAK = frozenset(_WEAK_WORDS.split())


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood, for the chips that a person may edit.

    areas: the place (several when its name is ambiguous); areas_possible: places of a name that is too common
    to search at once. from_text: what of it came from the question and not from a filter.
    """

    needs: tuple[str, ...] = ()
    areas: tuple[AreaNode, ...] = ()
    areas_possible: tuple[AreaNode, ...] = ()
    channels: tuple[str, ...] = ()
    language: str | None = None
    open_now: bool = False
    free: bool = False
    area_from_text: str = ""


@dataclass(slots=True)
class Question:
    """A request that has been read."""

    text: str
    rest: str
    understood: Understood
    wanted: Wanted
    crisis_keys: tuple[str, ...] = ()
    is_crisis: bool = False
    states: openness.OpenPatterns = field(
        default_factory=lambda: openness.OpenPatterns(frozenset(), frozenset(), frozenset())
    )


def read(request: SearchRequest, *, instead: str | None = None) -> Question:
    """Understand a request that has been checked. ``instead``: this text in place of its own (corrected)."""
    text = clean(request.q if instead is None else instead)
    chosen = area_tree().get(request.area_code or "")
    places = areas_in_text(text, near=chosen)
    meaning = understand(text)
    rest = places.rest if places.areas or places.ambiguous else text
    # signs of danger are looked for in the whole text, wishes and needs in what is left without the place
    about = understand(rest) if rest != text else meaning
    areas = places.areas or ((chosen,) if chosen else ())
    understood = Understood(
        needs=tuple(need.key for need in about.needs),
        areas=areas,
        areas_possible=places.ambiguous,
        channels=about.channels,
        language=about.language,
        open_now=about.open_now,
        free=about.free,
        area_from_text=places.name if places.areas or places.ambiguous else "",
    )
    states = openness.open_pattern_ids(request.at, [request.channel] if request.channel else None)
    return Question(
        text=text,
        rest=rest,
        understood=understood,
        wanted=_wanted(request, rest, about, areas, places, states),
        crisis_keys=meaning.pins,
        is_crisis=meaning.is_crisis,
        states=states,
    )


def _wanted(
    request: SearchRequest,
    rest: str,
    about: Understanding,
    areas: tuple[AreaNode, ...],
    places: AreasInText,
    states: openness.OpenPatterns,
) -> Wanted:
    number = telephone(rest)
    open_ids, closed_ids = openness.as_arrays(states)
    wanted = Wanted(
        must=[
            *([f"@ch:{request.channel}"] if request.channel else []),
            *([f"@lang:{request.language}"] if request.language else []),
            *([f"@kind:{request.kind}"] if request.kind else []),
        ],
        # 110 and 119 are not somebody to talk to
        must_not=[f"@kind:{Service.Kind.EMERGENCY}"] if request.open_now else [],
        open_ids=open_ids,
        closed_ids=closed_ids,
        open_only=request.open_now,
        prefers_open=about.open_now,
        limit=min(CANDIDATES, request.page * PAGE_SIZE + 40),
    )
    _place(wanted, areas)
    if number is not None:
        wanted.concepts = [number]
        return wanted
    asked = {need.key: need.score for need in about.needs}
    if about.language and about.language != "ja":
        asked["language"] = max(asked.get("language", 0.0), LANGUAGE_WEIGHT)
    if not asked and (about.open_now or about.channels or about.free):
        asked = {TALKING: TALKING_WEIGHT}
    wanted.needs = dict(list(needs.widened(asked).items())[:MAX_NEEDS])
    wanted.named = names.called_by_name(rest)
    wanted.answers = _answers(wanted.needs, rest)
    wanted.soft = {
        **{f"@ch:{channel}": SOFT["channel"] for channel in about.channels},
        **({f"@lang:{about.language}": SOFT["language"]} if about.language else {}),
        **({"@free": SOFT["free"]} if about.free else {}),
        **{f"@for:{audience}": SOFT["audience"] for audience in about.audience},
        **({f"@kind:{Service.Kind.PROGRAMME}": SOFT["programme"]} if _PROGRAMME.search(rest) else {}),
    }
    wanted.concepts = concepts(
        " ".join((about.residual, *about.terms)),
        leave_weak=bool(wanted.needs or wanted.named or wanted.soft or places.areas or about.open_now),
    )
    return wanted


def _answers(asked: Mapping[str, float], text: str) -> dict[str, float]:
    """What is known to answer these needs and words, by id of the service or key of the municipal kind."""
    ids = names.known_names().ids
    worth = answering(asked, text)
    return {
        ids.get(key, key): value for key, value in worth.items() if key in ids or key in municipal_kinds()
    }


def replace_place(wanted: Wanted, placed: Wanted) -> Wanted:
    """The same, asked for the places of another."""
    return replace(
        wanted, own=placed.own, above=placed.above, below=placed.below, ask_for_place=placed.ask_for_place
    )


def for_everybody(wanted: Wanted) -> Wanted:
    """The lines for whatever trouble, with the same filters: when a question finds nothing."""
    answers = _answers({TALKING: 1.0}, "")
    return replace(wanted, concepts=(), needs={}, named={}, soft={}, answers=answers)


def _place(wanted: Wanted, areas: tuple[AreaNode, ...]) -> None:
    """The codes that count for these areas: themselves, those above, the parts of a city or prefecture."""
    own = [area.code for area in areas]
    wanted.own = own
    wanted.above = list(dict.fromkeys(code for area in areas for code in area.scope if code not in own))
    wanted.ask_for_place = any(area.level == Area.Level.PREFECTURE for area in areas)
    wanted.below = sorted({code for area in own for code in areas_below(area)} - set(own))


def telephone(text: str) -> Concept | None:
    """The telephone number that a text is (and nothing else), as a concept; in part from six digits on."""
    letters = sum(character.isalpha() for character in text)
    found = japanese.digits(text)
    if len(found) != 1 or letters > 4 or len(found[0]) < DIGITS_OF_A_PART:
        return None
    return Concept((f"@tel:{found[0]}",), prefix=True)


def concepts(text: str, *, leave_weak: bool = False) -> list[Concept]:
    """The things that a text asks for, word by word; words that tell nothing only when there is nothing else.

    ``leave_weak``: something else is known already, so that weak words are not even the last resort.
    """
    found: dict[str, Concept] = {}
    for word in japanese.tokens_for_query(text):
        if word not in found:
            found[word] = Concept(_forms(word))
    strong = [concept for word, concept in found.items() if word not in WEAK]
    strong += [Concept((f"@tel:{number}",)) for number in japanese.digits(text) if len(number) >= 3]
    if not strong and not leave_weak:
        strong = list(found.values())
    return [replace(one, weight=names.telling(one.lexemes)) for one in strong[:MAX_CONCEPTS]]


def _forms(word: str) -> tuple[str, ...]:
    """A word, and in kana when it is written in kana or is romaji throughout."""
    forms = [word]
    if word.isascii():
        kana = japanese.romaji_to_kana(word)
        if kana and len(kana) >= 2:
            forms.append(kana)
    else:
        kana = japanese.to_hiragana(word)
        if kana != word:
            forms.append(kana)
    return tuple(forms)
