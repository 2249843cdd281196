"""Make data/consultation/return_words.txt: the words of which return keys are made.

Run: python tools/make_return_words.py. Words are common nouns of two to four kana that Sudachi's core
dictionary (Apache-2.0) knows when they are written in hiragana, so that they can be said and written down
without kanji. No two sound alike: voicing marks, small letters and long vowels make no difference between two
words. Nothing of death, violence, illness, body and law.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")

from sudachipy import Dictionary, SplitMode

from tsunagari.consultation.return_words import fold

TO = Path(__file__).resolve().parent.parent / "data" / "consultation" / "return_words.txt"
KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわん"
VOICED = "がぎぐげござじずぜぞだでどばびぶべぼ"
UNKIND = set(
    "死殺亡滅病疾患癌痛傷血骨屍尸墓葬喪棺霊鬼魔呪毒薬麻酒煙刑罪罰犯盗賊敵戦争兵銃刀剣刃撃爆裸尻乳性淫姦陰尿糞便屎痔膿"
    "腫瘍妊娠堕胎孕婚離別悲哀苦怒憎恨恥辱嘘偽詐嫉妬悪邪凶禍災難危険恐怖奴隷婢妾娼妓狂痴呆愚馬鹿貧困債借獄囚首吊絞縄崖飛落溺"
    "焼灰燃炎焦虐暴殴蹴斬切裂胸股肛腋臭汚穢腐虫蛆虱蚤蠅蛇不未非無負失敗損禁忌孤独寂淋弱卑賤醜"
)
COARSE = ("まんこ", "ちんこ", "うんこ", "しつこ", "ばばあ", "じじい", "くそ", "けつ", "ころし", "しね")
# read by people: words that hurt, frighten or embarrass whoever is given them; words for afflictions
LEFT_OUT = frozenset(
    (
        "めくら",
        "つんぼ",
        "ろうあ",
        "ちんば",
        "せむし",
        "ていのう",
        "あばた",
        "もうろく",
        "やもめ",
        "しがい",
        "しぼう",
        "たいほ",
        "けいさつ",
        "いはい",
        "いまわ",
        "むくろ",
        "そとば",
        "みずこ",
        "たましい",
        "ほとけ",
        "ゆうれい",
        "きとく",
        "いんとう",
        "きんたま",
        "ふたなり",
        "こうふん",
        "えんこう",
        "おいらん",
        "きむすめ",
        "くるわ",
        "かふろ",
        "かむろ",
        "せいこう",
        "はいせつ",
        "おむつ",
        "おしめ",
        "こしけ",
        "おくび",
        "よだれ",
        "はなげ",
        "にきび",
        "おでき",
        "あせも",
        "びらん",
        "しこり",
        "けいれん",
        "てんかん",
        "めまい",
        "めまひ",
        "さむけ",
        "おうと",
        "だえき",
        "しらが",
        "あへん",
        "ばくち",
        "とばく",
        "うわき",
        "ゆうわく",
        "ゆうかい",
        "ゆすり",
        "えじき",
        "とりこ",
        "しもべ",
        "くぐつ",
        "ちんうつ",
        "そううつ",
        "ゆううつ",
        "へんくつ",
        "らんかん",
        "はらわた",
        "つなみ",
        "じしん",
        "ききん",
        "へいし",
        "しちとう",
        "きけい",
        "そこひ",
        "せきつい",
        "ていさつ",
        "ぼうけ",
        "たいまん",
        "たいだ",
        "いやみ",
        "よそもの",
        "よそもん",
        "おとこし",
        "とんあい",
        "ざせつ",
        "ごたく",
        "ひぼう",
        "ちこく",
        "れいたん",
        "かみつ",
        "むかで",
        "みみず",
        "さそり",
        "まむし",
        "ちつ",
        "うつ",
    )
)


def words() -> list[str]:
    """All words that may be used, no two alike."""
    tokenizer = Dictionary().tokenizer(SplitMode.C)
    found: dict[str, str] = {}
    for length, letters in ((2, KANA), (3, KANA + VOICED), (4, KANA)):
        for parts in itertools.product(letters, repeat=length):
            word = "".join(parts)
            if parts[0] == "ん" or "んん" in word or len(set(parts)) < length - 1:
                continue
            if any(part in word for part in COARSE):
                continue
            tokens = tokenizer.tokenize(word)
            if len(tokens) != 1 or tokens[0].is_oov():
                continue
            kinds = tokens[0].part_of_speech()
            if kinds[:2] != ("名詞", "普通名詞") or kinds[2] == "助数詞可能":
                continue
            # one that has no other writing than its sound is rarely an everyday word
            written = tokens[0].normalized_form()
            if written == word or UNKIND & set(written) or not all("一" <= one <= "鿿" for one in written):
                continue
            if word not in LEFT_OUT:
                found.setdefault(fold(word), word)
    return sorted(found.values())


if __name__ == "__main__":
    TO.write_text("\n".join(words()) + "\n", encoding="utf-8")
