"""How somebody wants to be helped: by which channel, in which language, now, for nothing; and for whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Patterns over the folded text (hiragana, lower case), the most telling first.
CHANNELS: Mapping[str, str] = {
    "phone": r"電話|でんわ|てれほん|通話|こーる|だいやる|(?<![a-z])(?:tel|phone|call)(?![a-z])|声で|denwa",
    "line": (
        r"(?<![a-z])line(?![a-z])|(?<![ぁ-ゖ])(?:らいん|らいんで)(?![ぁ-ゖー])|"
        r"らいん(?:で|の|相談|そうだん)"
    ),
    "chat": (
        r"ちゃっと|(?<![a-z])chat(?![a-z])|めっせーじ|文字で|もじで|"
        r"(?<![a-z])sns(?![a-z])で?(?:相談|話)|"
        r"(?:電話|でんわ)(?:以外|じゃなく|ではなく|は(?:無理|むり|苦手|嫌|いや|怖|こわ|でき))|"
        r"声(?:が|を)(?:出せ|出さ)"
    ),
    "email": r"(?<!だいれくと)めーる|(?<![a-z])e-?mail(?![a-z])",
    "visit": (
        r"会って|あって(?:話|はな)|対面|直接(?:話|会|相談)|訪問|来てほしい|来て欲しい|来所|面談|"
        r"行ける(?:所|場所|ところ)|face to face|in person"
    ),
}
NOT_PHONE = re.compile(
    r"(?:電話|でんわ)(?:以外|じゃなく|ではなく|なし|は?(?:無理|むり|苦手|にがて|嫌|いや|怖|こわ|"
    r"でき(?:ない|ませ)))|電話が(?:できない|苦手|怖|こわ)|声(?:が|を)(?:出せ|出さ)"
)
LANGUAGES: Mapping[str, str] = {
    "vi": r"べとなむ|(?<![a-z])(?:vietnam\w{0,5}|tieng viet)(?![a-z])",
    "zh": (
        r"中国(?:語|人|の言葉)|ちゅうごくご|台湾|中文|普通话|普通話|汉语|"
        r"(?<![a-z])(?:chinese|mandarin)(?![a-z])"
    ),
    "ko": r"韓国|かんこくご|朝鮮語|はんぐる|한국|(?<![a-z])korean(?![a-z])",
    "en": r"英語|えいご|(?<![a-z])(?:english|eigo)(?![a-z])",
    "pt": r"ぽるとがる|ぶらじる|(?<![a-z])(?:portugu\w{0,6}|brazil\w{0,4}|brasil\w{0,6})(?![a-z])",
    "es": r"すぺいん語|すぺいんご|ぺるー|(?<![a-z])(?:spanish|espanol)(?![a-z])",
    "tl": r"たがろぐ|ふぃりぴん|(?<![a-z])(?:tagalog|filipino|pilipino|philippine\w{0,2})(?![a-z])",
    "th": r"たい(?:語|ご(?![ぁ-ゖ])|人)|ภาษาไทย|(?<![a-z])thai(?:land)?(?![a-z])",
    "ne": r"ねぱーる|नेपाल|(?<![a-z])nepal\w{0,2}(?![a-z])",
    "id": r"いんどねしあ|(?<![a-z])(?:indonesia\w{0,2}|bahasa)(?![a-z])",
}
OPEN_NOW = (
    r"(?<![ぁ-ゖ])いま(?:から|す[ぐく])|(?<![ぁ-ゖ])いま(?![ぁ-ゖ])|"
    r"(?<![ぁ-ゖ一-鿿])いま(?:話|電話|相談|やって|開)|"
    r"今(?:す[ぐく]|から|話|電話|相談|やって|開|あい|つなが|、| |$)|"
    r"(?<![一-鿿])今(?:夜|晩|日)?(?:$| )|今夜|今晩|夜中|よなか|夜間|深夜|しんや|真夜中|24 ?時間|"
    r"二十四時間|土日|休日|日曜|土曜|祝日|正月|年末年始|大晦日|元日|連休|早朝|明け方|"
    r"夜(?:遅|でも|に(?:話|相談|電話))|いつでも|"
    r"(?<![a-z])(?:right now|now|tonight|24 ?(?:h|hours?)|24/7|midnight|weekends?)(?![a-z])|"
    r"(?:やっ|あい|開い)て(?:い)?る"
)
FREE = (
    r"無料|むりょう|ただで|たたで|お金(?:が)?かから|おかね(?:が)?かから|0円|ふりーだいやる|通話料|"
    r"(?<![a-z-])free(?![a-z])"
)
AUDIENCES: Mapping[str, str] = {
    "child": (
        r"子どもが?(?:話|相談|使|かけ)|(?:小|中)学生|小学校?\d年|"
        r"中(?:学)?[123一二三](?:年|です|の|$| )|小[1-6一二三四五六](?:年|です|の|$| )|"
        r"(?<![一-鿿])未成年|10代|十代"
    ),
    "youth": r"高校生|高[123一二三](?:年|です|の|$| )|大学生|専門学生|若者|20代|二十代|若い人",
    "older": (
        r"高齢|お?年寄り|老人|シニア|しにあ(?!てぃ)|(?:[789]\d)(?:歳|才|代)|"
        r"(?<![a-z])(?:elderly|seniors?)(?![a-z])"
    ),
    "woman": (
        r"女性(?:専用|向け|の(?:ため|相談)|で|が)|女の(?:人|ため)|(?<![一-鿿])女です|"
        r"(?<![a-z])(?:women|woman)(?![a-z])"
    ),
    "man": r"男性|男の人|(?<![一-鿿])男です|(?<![a-z])men(?![a-z])",
    "parent": r"保護者|子育て中|親(?:です|として|向け)|(?<![a-z])parents?(?![a-z])",
    "foreign-resident": r"外国人|がいこくじん|外国籍|留学生|技能実習|(?<![a-z])(?:foreigner|gaijin)",
    "worker": r"会社員|働いて(?:い)?る|正社員|派遣|ぱーと(?!なー)|あるばいと",
    "carer": r"介護(?:して(?:い)?る|中)|介護者|家族介護",
}
# What only carries the question; it says nothing about what is looked for.
FILLERS = (
    r"(?:したい|してほしい|して欲しい|できる|出来る|聞いてくれる|きいてくれる|してくれる|"
    r"したいです|できますか)?(?:ところ|とこ|所|場所|窓口|人|ひと)?(?:を|は|"
    r"が)?(?:教えて(?:ください|ほしい|欲しい)?|おしえて(?:ください)?|探して(?:い)?ます|"
    r"知りたい(?:です)?|ありますか|ある\?|ないですか|どこ(?:ですか|かな)?|を?お願いします|"
    r"お願いします)"
)

PARTICLES = frozenset("でにのをはがも")

_CHANNELS = {key: re.compile(pattern) for key, pattern in CHANNELS.items()}
_LANGUAGES = {key: re.compile(pattern) for key, pattern in LANGUAGES.items()}
_AUDIENCES = {key: re.compile(pattern) for key, pattern in AUDIENCES.items()}
_OPEN_NOW = re.compile(OPEN_NOW)
_FREE = re.compile(FREE)
_FILLERS = re.compile(FILLERS)
# Letters of one language only say that the writer reads it.
_SCRIPTS = {
    "ko": re.compile(r"[가-힣]"),
    "th": re.compile(r"[\u0e00-\u0e7f]{2}"),
    "ne": re.compile(r"[\u0900-\u097f]{2}"),
    "vi": re.compile(r"[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư]"),
}
_KANA = re.compile(r"[ぁ-ゖァ-ヺ]")
_HAN = re.compile(r"[一-鿿]")
_SIMPLIFIED = re.compile(
    r"[们这说为么吗没谁请话让过还时给对电钱杀轻伤压帮见觉爱妈爷难儿亲几从东车问间门头实发经]|我|你"
)
_ENGLISH = re.compile(
    r"(?<![a-z])(?:i|i'm|im|my|me|to|the|and|is|are|help|want|need|he|she|can|who|how|with|for)(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was wished for, and the text without the words that said so."""

    channels: tuple[str, ...]
    language: str | None
    open_now: bool
    free: bool
    audience: tuple[str, ...]
    residual: str


def wishes_in(plain: str, folded: str) -> Wishes:
    """Read the wishes of a text in normal form; ``folded`` is the same, letter for letter, in hiragana."""
    spans: list[tuple[int, int]] = []

    def found(pattern: re.Pattern[str], *, drop: bool = True) -> bool:
        matches = [match.span() for match in pattern.finditer(folded) if match.group()]
        if drop:
            spans.extend(matches)
        return bool(matches)

    channels = [key for key, pattern in _CHANNELS.items() if found(pattern)]
    if "phone" in channels and NOT_PHONE.search(folded):
        channels.remove("phone")
    language = next((key for key, pattern in _LANGUAGES.items() if found(pattern, drop=False)), None)
    wishes = Wishes(
        channels=tuple(channels),
        language=language or _language_of(plain),
        open_now=found(_OPEN_NOW),
        free=found(_FREE),
        audience=tuple(key for key, pattern in _AUDIENCES.items() if found(pattern, drop=False)),
        residual="",
    )
    found(_FILLERS)
    same_length = len(plain) == len(folded)
    return Wishes(
        wishes.channels,
        wishes.language,
        wishes.open_now,
        wishes.free,
        wishes.audience,
        _without(plain, spans) if same_length else plain,
    )


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    letters = list(text)
    for start, end in spans:
        if text[end : end + 1] in PARTICLES:
            end += 1  # 電話で、夜中に
        letters[start:end] = " " * (end - start)
    return " ".join("".join(letters).split())


def _language_of(plain: str) -> str | None:
    """The language that a text is written in when its letters tell; None for Japanese and the unknown."""
    for key, pattern in _SCRIPTS.items():
        if pattern.search(plain):
            return key
    if _KANA.search(plain):
        return None
    if _HAN.search(plain):
        return "zh" if _SIMPLIFIED.search(plain) else None
    return "en" if len(_ENGLISH.findall(plain)) >= 2 else None
