"""Files as messy as cities have them, made by code: eleven that are typical, several that attack."""

# ruff: noqa: E501 - the row of a table stays on its line

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils.datetime import CALENDAR_MAC_1904

STANDARD = (
    *(
        "全国地方公共団体コード",
        "ID",
        "地方公共団体名",
        "名称",
        "名称_カナ",
        "名称_英字",
        "名称_通称",
        "POIコード",
    ),
    *("所在地_全国地方公共団体コード", "町字ID", "所在地_連結表記", "所在地_都道府県", "所在地_市区町村"),
    *(
        "所在地_町字",
        "所在地_番地以下",
        "建物名等(方書)",
        "緯度",
        "経度",
        "高度の種別",
        "高度の値",
        "電話番号",
    ),
    *(
        "内線番号",
        "連絡先メールアドレス",
        "連絡先FormURL",
        "連絡先備考（その他、SNSなど）",
        "郵便番号",
        "法人番号",
    ),
    *("団体名", "利用可能曜日", "開始時間", "終了時間", "利用可能日時特記事項", "説明", "バリアフリー情報"),
    *("URL", "画像", "画像_ライセンス", "備考"),
)


def csv_bytes(
    rows: Sequence[Sequence[object]], *, encoding: str = "utf-8-sig", delimiter: str = ","
) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def standard_row(**values: str) -> list[str]:
    return [values.get(heading, "") for heading in STANDARD]


def public_facilities() -> bytes:
    """1: 公共施設一覧 in the standard's columns, UTF-8 with a mark."""
    rows = [
        standard_row(
            **{
                "全国地方公共団体コード": "131091",
                "ID": "0001",
                "地方公共団体名": "東京都品川区",
                "名称": "品川第一区民集会所",
                "名称_カナ": "シナガワダイイチクミンシュウカイジョ",
                "所在地_全国地方公共団体コード": "131091",
                "所在地_連結表記": "東京都品川区北品川3-11-16",
                "緯度": "35.6179",
                "経度": "139.7399",
                "電話番号": "03-3450-2000",
                "郵便番号": "1400001",
                "団体名": "品川区",
                "利用可能曜日": "月火水木金土日",
                "開始時間": "09:00",
                "終了時間": "21:30",
                "利用可能日時特記事項": "年末年始を除く",
                "説明": "集まりや学習に使える部屋があります。",
                "バリアフリー情報": "エレベーターあり",
                "URL": "https://www.city.example.lg.jp/a",
                "画像": "https://www.city.example.lg.jp/a.jpg",
                "備考": "予約は1か月前から",
            }
        ),
        standard_row(
            **{
                "全国地方公共団体コード": "131091",
                "ID": "0002",
                "名称": "大崎図書館",
                "所在地_連結表記": "東京都品川区北品川5-2-1",
                "緯度": "139.7290",
                "経度": "35.6190",
                "電話番号": "0334405600",
                "利用可能曜日": "火水木金土日",
                "開始時間": "9時",
                "終了時間": "20時",
                "利用可能日時特記事項": "月曜が祝日の場合は翌日休館",
            }
        ),
    ]
    return csv_bytes([STANDARD, *rows])


def old_recommended() -> bytes:
    """2: the older 推奨データセット in CP932, with characters of the NEC rows and half-width kana."""
    rows = [
        ["都道府県コード又は市区町村コード", "NO", "都道府県名", "市区町村名", "名称", "名称_カナ", "名称_英語", "住所",
         "方書", "緯度", "経度", "電話番号", "内線番号", "利用可能曜日", "開始時間", "終了時間",
         "利用可能日時特記事項", "URL", "備考"],
        ["92011", "1", "栃木県", "宇都宮市", "髙橋会館①", "ﾀｶﾊｼｶｲｶﾝ", "", "栃木県宇都宮市中央本町１－２９", "㈱ビル２Ｆ",
         "36.5592", "139.8847", "028−635−3043", "12", "月～金", "8:30", "17:15", "祝日・年末年始を除く",
         "www.city.example.lg.jp/kaikan", ""],
        ["92011", "2", "栃木県", "宇都宮市", "南図書館", "ミナミトショカン", "", "栃木県宇都宮市雀宮町56-1", "", "36.4850",
         "139.8760", "286538560", "", "火～日", "9:30", "19:00", "第３木曜休館", "", "〜夜間は裏口へ"],
    ]  # fmt: skip
    return csv_bytes(rows, encoding="cp932")


def children_cafeterias() -> bytes:
    """3: こども食堂 as an Excel list: title, two-row headings, merged cells, 和暦, notes below."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "R6こども食堂"
    sheet["A1"] = "令和６年度　川崎市内のこども食堂・地域食堂　一覧"
    sheet["A1"].font = Font(size=16, bold=True)
    sheet.merge_cells("A1:K1")
    sheet["K2"] = "令和６年４月１日現在"
    upper = ["No.", "区", "食堂名", "運営団体", "開催日時", None, "会場", None, "参加費", "連絡先", "備考"]
    lower = [None, None, None, None, "曜日", "時間", "名称", "住所", None, None, None]
    for column, text in enumerate(upper, start=1):
        sheet.cell(4, column, text)
    for column, text in enumerate(lower, start=1):
        if text:
            sheet.cell(5, column, text)
    sheet.merge_cells("E4:F4")
    sheet.merge_cells("G4:H4")
    for letter in "ABCDIJK":
        sheet.merge_cells(f"{letter}4:{letter}5")
    rows = [
        [1, "川崎区", "みんなの食卓", "NPO法人みんなの食卓", "第２・第４土曜日", "11：00～14：00", "大師公民館",
         "神奈川県川崎市川崎区大師町4-4", "子ども無料、大人300円", "044-200-1111（代表）", "要予約"],
        [2, None, "子ども食堂ぽかぽか", "ぽかぽかの会", "毎月第３水曜日", "17時30分〜19時30分", "ぽかぽかハウス",
         "川崎市川崎区小田1-2-3", "100円", 442002222, None],
        [3, "幸区", "幸っ子ごはん", "社会福祉法人さいわい", "不定期", "お問い合わせください", "さいわい会館",
         "川崎市幸区戸手本町1-11", "無料", "ＴＥＬ：０４４（５５６）６６００ ＦＡＸ：０４４（５５６）６６０１", "8月休み"],
        [4, "中原区", "まちの台所", "まちの台所実行委員会", "毎週金曜", "16時～18時（祝日除く）", "小杉会館", "中原区小杉町3-245",
         "こども100円・おとな300円", "machi★example.jp", datetime_text()],
    ]  # fmt: skip
    for number, values in enumerate(rows, start=6):
        for column, value in enumerate(values, start=1):
            sheet.cell(number, column, value)
    sheet.merge_cells("B6:B7")
    sheet["A11"] = "※開催日は変更になることがあります。事前にお問い合わせください。"
    thin = Side(style="thin")
    for row in sheet["A4:K9"]:
        for cell in row:
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
            cell.alignment = Alignment(wrap_text=True)
    sheet["C6"].fill = PatternFill("solid", fgColor="FFE2EFDA")
    sheet["C6"].comment = Comment("担当: 佐藤", "佐藤")
    old = book.create_sheet("R5（旧）")
    old.append(["食堂名", "住所", "電話番号"])
    old.append(["もうない食堂", "川崎市川崎区1-1", "044-000-0000"])
    old.sheet_state = "hidden"
    notes = book.create_sheet("記入要領")
    notes["A1"] = "この表の書き方"
    notes["A2"] = "・開催日は、曜日で書いてください。"
    return saved(book)


def datetime_text() -> str:
    return "R6.4.1から"


def consultation_desks() -> bytes:
    """4: 相談窓口 with several numbers in a cell, line breaks, closed days, hidden rows and columns."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "相談窓口"
    sheet.append(["横浜市の相談窓口一覧"])
    sheet.append([])
    sheet.append(
        [
            "相談名",
            "相談内容",
            "対象者",
            "受付時間",
            "電話番号",
            "FAX",
            "担当課",
            "所在地",
            "予約",
            "対応言語",
            "更新日",
            "内部メモ",
        ]
    )
    sheet.append(
        ["生活困窮者自立相談", "家計や仕事の困りごと", "市内在住の方", "月〜金 8:45〜17:00（12:00〜13:00を除く）\n祝日・年末年始休み",
         "045-671-2222\n045-671-3333（夜間）", "045-664-0000", "生活支援課", "中区本町6-50-10", "×", "日本語、英語・中国語",
         date(2026, 4, 1), "住民に見せない"]
    )  # fmt: skip
    sheet.append(
        ["ひきこもり相談", "本人・家族の相談", "おおむね15歳から39歳まで", "平日10:00-16:00、土日祝休み", "045－264－0000 内線 21",
         None, "青少年相談センター", "横浜市南区浦舟町3-44-2", "○", "なし", "令和8年4月1日", None]
    )  # fmt: skip
    sheet.append(["廃止した相談", "x", None, "月 9:00〜10:00", "045-111-1111", *[None] * 7])
    sheet.append(
        [
            "夜の電話相談",
            "だれでも",
            None,
            "24時間",
            "0120－279－338",
            None,
            None,
            None,
            "不要",
            None,
            "2026/4/1",
            None,
        ]
    )
    sheet.row_dimensions[6].hidden = True
    sheet.column_dimensions["L"].hidden = True
    return saved(book)


def facilities_in_sheets() -> bytes:
    """5: several sheets, formulas with and without values, numbers where text belongs, Excel dates and times."""
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "公民館"
    first.append(
        ["番号", "施設名", "所在地", "電話", "開始時間", "終了時間", "休館日", "緯度", "経度", "更新日"]
    )
    first.append(
        [
            1,
            "中央公民館",
            "府中市府中町2-1",
            423643611,
            time(9, 0),
            time(21, 30),
            "月曜日、年末年始",
            35.6686,
            139.4777,
            date(2024, 4, 1),
        ]
    )
    first["A3"], first["B3"], first["C3"] = 2, '="西部"&"公民館"', "府中市日新町5-21"
    first["D3"], first["E3"], first["F3"] = "042-364-0000", 0.375, "21:00"
    first["I3"], first["J3"] = "139.45", 45383
    first["H3"] = "35.65"
    first["J3"].number_format = "yyyy/m/d"
    second = book.create_sheet("図書館")
    second.append(["番号", "施設名", "所在地", "電話", "開館時間"])
    second.append([1, "中央図書館", "府中市府中町2-24", "042-362-8647", "9:00〜22:00（月曜休館）"])
    second.append(["計", "1館"])
    book.create_sheet("集計")
    return saved(book)


def tab_separated() -> bytes:
    """6: Excel's 「Unicode テキスト」: UTF-16 with tabs."""
    rows = [
        ["施設名", "ふりがな", "住所", "電話番号", "開館時間", "対象年齢"],
        [
            "児童館ひまわり",
            "じどうかんひまわり",
            "札幌市中央区北1条西2丁目",
            "011-211-2000",
            "月〜土 9:00〜18:00",
            "0〜18歳",
        ],
    ]
    return csv_bytes(rows, encoding="utf-16", delimiter="\t")


def title_above_csv() -> bytes:
    """7: a CSV with titles, empty rows, ragged rows, repeated headings and a sum."""
    rows = [
        ["居場所・サロン一覧（令和8年4月）"],
        [],
        ["", "名称", "開催場所", "住所", "開催日", "開催時間", "参加費", "連絡先"],
        [
            "1",
            "ふれあいサロン",
            "集会所",
            "京都市中京区寺町通御池上る",
            "毎週火曜",
            "13:30～15:30",
            "100円",
            "075-222-3111",
        ],
        ["2", "つどい", "会館", "京都市左京区吉田", "第1・3木曜", "10時〜12時", "無料"],
        ["", "名称", "開催場所", "住所", "開催日", "開催時間", "参加費", "連絡先"],
        ["3", "カフェ", "喫茶", "京都市伏見区", "毎日", "10:00〜17:00", "500円", "075-222-3112", "はみ出し"],
        ["合計", "3"],
        ["※内容は変わることがあります。"],
    ]
    return csv_bytes(rows, encoding="cp932")


def quoted_newlines() -> bytes:
    """8: a CSV in UTF-8 without a mark: quoted line breaks, quotes inside, NUL, formula-like cells."""
    text = (
        "名称,説明,電話番号,URL,備考\r\n"
        '"よりそい""ホット""ライン","どんな困りごとでも\n24時間\n通話無料","=""0120279338""",'
        'https://example.jp/,"=HYPERLINK(""http://evil.example"",""x"")"\r\n'
        "いのちの電話,話を聞きます\x00,0120-783-556,なし,@SUM(A1)\r\n"
    )
    return text.encode()


def musubie_like() -> bytes:
    """9: semicolons, full-width digits and letters, own names for headings, a misspelt one."""
    rows = [
        ["こども食堂名", "開催頻度", "開催時間", "所在地住所", "電話番号１", "メールアドレス１", "ホ－ムペ－ジ", "対象者", "参加費用"],
        ["にじいろ食堂", "毎月第１土曜", "１１：３０－１３：３０", "埼玉県川口市青木２－１－１", "０４８－２５８－１１１０", "Ｎｉｊｉ＠example.jp",
         "ｈｔｔｐｓ：／／ｎｉｊｉ．example.jp", "１８歳以下", "こども１００円"],
    ]  # fmt: skip
    return csv_bytes(rows, encoding="utf-8", delimiter=";")


def care_offices() -> bytes:
    """10: 介護サービス事業所 from 2004's calendar (1904), with rich text and a time range in one cell."""
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.title = "一覧"
    sheet.append(
        [
            "介護サービス事業所名称",
            "実施サービス",
            "住所",
            "電話番号",
            "利用可能曜日",
            "開始時間",
            "終了時間",
            "情報更新日",
        ]
    )
    sheet.append(
        [
            "地域包括支援センターあおば",
            "総合相談",
            "仙台市青葉区国分町3-7-1",
            "022-261-1111",
            "月火水木金",
            time(8, 30),
            time(17, 0),
            date(2026, 4, 1),
        ]
    )
    return saved(book)


def two_rows_without_merges() -> bytes:
    """11: two-row headings in a CSV: an upper heading stands once over several columns."""
    rows = [
        ["番号", "施設名", "所在地", "", "", "連絡先", ""],
        ["", "", "郵便番号", "住所", "方書", "電話", "メール"],
        ["1", "ふくしの窓口", "812-0011", "福岡市博多区博多駅前2-8-1", "1階", "092-419-1012", "f@example.jp"],
    ]
    return csv_bytes(rows)


TYPICAL = {
    "公共施設一覧.csv": public_facilities,
    "推奨データセット.csv": old_recommended,
    "こども食堂一覧.xlsx": children_cafeterias,
    "相談窓口一覧.xlsx": consultation_desks,
    "公民館・図書館.xlsx": facilities_in_sheets,
    "児童館.txt": tab_separated,
    "サロン一覧.csv": title_above_csv,
    "相談先.csv": quoted_newlines,
    "子ども食堂.csv": musubie_like,
    "介護.xlsx": care_offices,
    "窓口二段.csv": two_rows_without_merges,
}


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def in_folder(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def changed_part(content: bytes, part: str, old: str, new: str) -> bytes:
    """A workbook with something in one of its parts written otherwise."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            data = source.read(item.filename)
            if item.filename == part:
                # openpyxl writes with lxml where there is one, which writes an empty value differently
                data = data.replace(b"<v></v>", b"<v />").replace(b"<v/>", b"<v />")
                assert old.encode() in data
                data = data.replace(old.encode(), new.encode())
            target.writestr(item.filename, data)
    return stream.getvalue()
