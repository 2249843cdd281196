"""The tables of data/lexicon/: their form, what they must find, and what they must leave alone."""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tsunagari.core import japanese
from tsunagari.directory.lexicon import Lexicon, load_lexicon
from tsunagari.directory.lexicon.patterns import compile_safely

DATA = Path(__file__).resolve().parents[2] / "data"
FOLDER = DATA / "lexicon"


def _rows(name: str) -> list[list[str]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return [line.split("\t") for line in lines]


EXPRESSIONS = _rows("expressions.tsv")
SYNONYMS = _rows("synonyms.tsv")
NEEDS = {
    row["key"]: row["kind"]
    for row in json.loads((FOLDER / "needs.json").read_text(encoding="utf-8"))["needs"]
}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(DATA)


# -- form -----------------------------------------------------------------------------------------------


def test_every_row_of_the_expressions_has_five_good_cells() -> None:
    assert EXPRESSIONS[0] == ["expression", "kind", "needs", "weight", "note"]
    for row in EXPRESSIONS[1:]:
        assert len(row) == 5, row
        expression, kind, needs, weight, _ = row
        assert expression, row
        assert expression == expression.strip(), row
        assert kind in {"phrase", "word", "pattern"}, row
        assert 0 < float(weight) <= 1, row
        keys = needs.split(",")
        assert len(keys) == len(set(keys)), row
        assert set(keys) <= set(NEEDS), row


def test_no_expression_is_written_twice() -> None:
    found = Counter(
        (kind, expression if kind == "pattern" else japanese.fold(expression))
        for expression, kind, *_ in EXPRESSIONS[1:]
    )
    assert [key for key, times in found.items() if times > 1] == []


def test_a_phrase_and_a_word_that_are_one_agree_on_the_main_need() -> None:
    mains = defaultdict(set)
    for expression, kind, needs, *_ in EXPRESSIONS[1:]:
        if kind != "pattern":
            mains[japanese.fold(expression)].add(needs.split(",")[0])
    assert {key: needs for key, needs in mains.items() if len(needs) > 1} == {}


def test_there_are_enough_expressions_for_every_need() -> None:
    used = Counter(key for row in EXPRESSIONS[1:] for key in row[2].split(","))
    main = Counter(row[2].split(",")[0] for row in EXPRESSIONS[1:])
    assert len(EXPRESSIONS) - 1 >= 1_600
    assert len(used) >= 60
    assert {key: main[key] for key in NEEDS if main[key] < 12} == {}


def test_phrases_are_normalised_and_long_enough() -> None:
    for expression, kind, *_ in EXPRESSIONS[1:]:
        if kind == "phrase":
            assert japanese.normalize(expression) == expression
            # A lone letter may only be a kanji that says it all (鬱, 墓, 癌).
            assert len(expression) > 1 or "一" <= expression <= "鿿", expression


def test_a_word_is_the_one_token_that_the_tokenizer_gives() -> None:
    for expression, kind, *_ in EXPRESSIONS[1:]:
        if kind == "word":
            assert japanese.tokens_for_query(expression) == [expression]


def test_patterns_are_simple_and_match_the_example_in_their_note() -> None:
    for expression, kind, _, _, note in EXPRESSIONS[1:]:
        if kind == "pattern":
            pattern = compile_safely(expression, unbounded=2)
            assert note.startswith("例："), expression
            assert pattern.search(note.removeprefix("例：")), expression
            assert not pattern.search(""), expression


def test_synonyms_are_unambiguous_and_say_what_the_dictionary_does_not() -> None:
    assert SYNONYMS[0] == ["canonical", "variants"]
    assert len(SYNONYMS) - 1 >= 150
    canonicals = [japanese.fold(row[0]) for row in SYNONYMS[1:]]
    assert len(canonicals) == len(set(canonicals))
    meaning: dict[str, str] = {}
    for canonical, variants in SYNONYMS[1:]:
        for variant in variants.split(","):
            key = japanese.fold(variant)
            assert key, canonical
            assert key not in canonicals, variant
            assert meaning.setdefault(key, canonical) == canonical, variant
            assert japanese.tokens_for_query(variant) != japanese.tokens_for_query(canonical), variant


def test_programmes_are_known_by_their_names(lexicon: Lexicon) -> None:
    programmes = json.loads((DATA / "programmes.json").read_text(encoding="utf-8"))["programmes"]
    missed = []
    for programme in programmes:
        found = {match.key for match in lexicon.understand(programme["name"]).needs}
        if not found & set(programme["topics"]):
            missed.append(programme["name"])
    assert missed == []


# -- what must be left alone ----------------------------------------------------------------------------


def _own(lexicon: Lexicon, text: str) -> list[str]:
    """The expressions of the table that were found in a text."""
    written = {one.written for one in lexicon.expressions}
    return [one for match in lexicon.understand(text).needs for one in match.expressions if one in written]


def test_no_name_of_a_municipality_means_a_need(lexicon: Lexicon) -> None:
    with (DATA / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        names = [row[key] for row in csv.DictReader(file) for key in ("name", "kana")]
    assert len(names) > 3_000
    assert {name: found for name in names if (found := _own(lexicon, name))} == {}


HARMLESS = """
今年金沢に行きたい
去年金メダルを取った
衛生保健の授業の教科書
システム障害のお知らせ
障害物競走のルール
京都の紅葉の見頃
東京駅から新宿駅までの行き方
北海道のおすすめのラーメン屋
大阪城の入場料
明日の天気
カレーの作り方
チャーハンのレシピ
おいしいコーヒー豆
パンの焼き方
iphoneの充電器
冷蔵庫の選び方
洗濯機の掃除
炊飯器の使い方
掃除機のおすすめ
サッカーの試合結果
野球の日程
大相撲の千秋楽
将棋の初段
囲碁のルール
ピアノの楽譜
ギターのコード
映画の上映時間
美術館の特別展
図書館の開館時間
市民プールの料金
動物園の開園時間
水族館のイルカ
桜の開花予想
花火大会の日程
夏祭りの屋台
盆踊りの練習
お正月のおせち
節分の豆まき
ひな祭りの飾り
こいのぼりの飾り方
七夕の短冊
ハロウィンの仮装
クリスマスツリーの飾り
バレンタインのチョコ
卒業式の服装
入学式の写真
遠足のおやつ
弁当のおかず
朝ごはんのパン
死海の塩分濃度
消えるボールペン
消しゴムの歴史
殺虫剤の使い方
必殺技の一覧
死ぬほど笑った
目からうろこ
猫の飼い方
犬の散歩のコツ
金魚の水槽
うさぎのえさ
カブトムシの育て方
トマトの苗の植え方
バラの剪定
観葉植物の水やり
車のタイヤ交換
自転車のパンク修理
運転免許の更新
バスの時刻表
電車の乗り換え
飛行機の座席
新幹線の予約
ホテルの朝食
温泉の効能
キャンプの道具
登山の靴
釣りの仕掛け
スキー場の積雪
海水浴の持ち物
サーフィンの波
マラソンの練習方法
ヨガのポーズ
ラジオ体操の音楽
テニスのラケット
卓球台の大きさ
バスケットゴールの高さ
切手の値段
郵便番号の調べ方
はがきの書き方
年賀状のデザイン
市の人口
町の歴史
選挙の投票所
議会の日程
統計の資料
地図の縮尺
プログラミングの入門
pythonの書き方
エクセルの関数
ワードの印刷
プリンターのインク
wifiの設定
パソコンの画面
カメラのレンズ
時計の電池
眼鏡の拭き方
靴のサイズ
帽子の洗い方
着物の着付け
髪型のカタログ
口紅の色
香水の匂い
世界で一番高い山
日本で二番目に長い川
太陽と月の距離
恐竜の化石
宇宙の大きさ
三角形の面積
分数の足し算
英単語の覚え方
漢字の書き順
俳句の季語
源氏物語のあらすじ
夏目漱石の代表作
徳川家康の生涯
フランス革命の年
オリンピックの開催地
ノーベル賞の受賞者
ご当地キャラの名前
名産品のりんご
みかんの産地
そばの名店
回転寿司の予約
焼き肉の部位
たこ焼きの粉
アイスの新商品
チョコレートの賞味期限
ワインの種類
緑茶のいれ方
鉛筆の削り方
折り紙の鶴
編み物の基本
ミシンの糸
布団の干し方
カーテンの丈
壁紙の色
机の高さ
本棚の組み立て
電球の明るさ
ドライヤーの風量
タオルのたたみ方
シャンプーの詰め替え
石けんの香り
歯ブラシの硬さ
good morning
the weather in tokyo
best ramen near the station
train timetable
cherry blossom season
how to cook rice
hello
ohayou gozaimasu
konnichiwa
arigatou gozaimasu
おはようございます
こんにちは
ありがとうございます
いただきます
たのしい一日だった
きれいな花が咲いた
うれしいことがあった
しあわせな気分
いい天気ですね
今日のおやつは何かな
宇都宮の餃子
かさぎ町のキャンプ場
しべつ町の観光
羽生市の名物
うつくしま福島
うつわの店
くびれのある瓶
えいごの歌
だいこんの煮物
さぎ草の咲く公園
はかまの着方
ボケ防止ではなくボケの花の手入れ
写真のピンボケ
パリの観光名所
三重県の海
大分の温泉
首里城の見学
死角のないミラー
殺風景な部屋の飾り
切り絵の図案
飛び箱の跳び方
借り物競走のお題
泣き虫という絵本
怒り肩の人の服
眠り姫の絵本
虐の漢字の書き順
仕事で一人前になるコツ
一番いい席を予約したい
図書館の本を返す日
国宝の仏像を見たい
お金の歴史と硬貨の種類
世界遺産めぐりの旅
親指の筋トレ
母の日の花のプレゼント
父の日のネクタイ
子年の年賀状
妻籠宿の歴史
息子への誕生日プレゼント
娘の七五三の着物
おじゃる丸の主題歌
友禅染の工房
薬師寺の拝観時間
薬味のねぎの刻み方
酒蔵見学の予約
酒粕のレシピ
酒田市の観光
死海の入浴
赤ちゃんパンダの名前
巨大麻婆豆腐の店
シャブシャブの店
しゃぶしゃぶのたれ
オカルト映画の上映
ジャンヌダルクの生涯
リストランテの予約
アスペクト比の計算
ビザンツ帝国の地図
ビザール楽器
パートナーシップという曲
ステーキの焼き加減
エステート名の意味
ドローンの飛ばし方
是非行きたい店
作家出身の議員
国家出版局
途中文字が消える
収入管理のアプリ
通信障害の情報
ネットワーク障害の復旧
ガムのチューイングガム味
大学生協の本屋
医学生物学の教科書
高校生物の教科書
中国保険会社の名前
輸出産業の統計
水産後継者の会議録
親の会社の住所録
家族会議の開き方
こどもりんごジュース
蚊に刺されやすい血液型
タイマーの設定
だしこんぶの取り方
とりたて野菜の直売
お金をおろしたい銀行
胃酸を測る機械
天候の記録
しゅわしゅわのソーダ
赴任先の地図
芸術祭の日程
ボケの花の剪定
ぼけっとする時間
つるの恩返し
泣いた赤鬼のあらすじ
走れメロスの感想文
坊っちゃんの舞台
怖い話ベスト10
怪談の夜
暗い部屋でも映る壁紙
重い荷物の持ち上げ方
寝る前のストレッチ
枕の高さ
早起きの方法
夜景のきれいな場所
白い息が出る気温
胸肉のレシピ
心太の食べ方
手首のストレッチ
腕時計の修理
足つぼの地図
耳かきの種類
目薬のさし方
歯磨き粉の成分
髪の毛の染め方
声優の出演作
電話ボックスの場所
線路の幅
公園の遊具
駅前のパン屋
橋の長さ
川の名前
山の標高
雪だるまの作り方
虹のでき方
星座の見つけ方
宝くじの当選番号
コンサートの席順
料理酒の代わり
切符の買い方
引き出しの直し方
水道の蛇口の交換
ガスコンロの掃除
電気ケトルの水あか
部屋の模様替え
家具の配置
鍵のかけ方
傘のたたみ方
荷物の送り方
手紙の書き出し
敬語の使い方
自己紹介の例文
会社四季報の読み方
仕事納めのあいさつ
仕事帰りの一杯
バイト列の変換
学校図書の一覧
教室の広さ
先生への寄せ書き
卒業旅行の行き先
親子丼の作り方
親子で遊べる公園
子どもの日の料理
赤ちゃんの名前ランキング
猫カフェの料金
犬の名前ランキング
"""


@pytest.mark.parametrize("text", HARMLESS.strip().split("\n"))
def test_a_harmless_text_means_no_need(lexicon: Lexicon, text: str) -> None:
    assert _own(lexicon, text) == []


# -- what must be found ---------------------------------------------------------------------------------

# Text | the needs of which one must come first.
QUERIES = """
学校行きたくない | school-refusal
学校に行きたくないです | school-refusal
がっこう いきたくない | school-refusal
親がうざい | parent-child
親がうざい 殴る | parent-child child-abuse violence
会社辞めたい | quit-job
会社辞めたい 眠れない | quit-job insomnia
眠れない | insomnia
夜ねれない | insomnia
お金ない | poverty
お金ない 食べれない | poverty food
おかねが ありません | poverty
okane nai | poverty
食べるものがない | food
家賃払えない | housing
家賃が払えません 追い出されそう | housing
電気止められた | utilities
ガス代が払えない | utilities
話し相手がいない | just-talk
誰かと話したい | just-talk
友達いない | friends
ともだちがほしい | friends
誰とも話してない | loneliness
samishii | loneliness
さみしか | loneliness
毎日つまらない | mental-health
部屋から出られない | hikikomori
息子が仕事しない | social-withdrawal-family
息子が部屋から出てこない | social-withdrawal-family
8050 | 8050
50歳の息子が働かない | 8050 social-withdrawal-family
介護疲れた | carer-fatigue
介護もう限界 | carer-fatigue
母がボケてきた | dementia
父の物忘れがひどい | dementia
夫が亡くなった | bereavement
お母さんが死んだ | bereavement
推しロス | bereavement
猫が死んだ | pet-loss
兄が自殺した | grief-suicide suicidal
離婚したい | divorce
養育費払ってくれない | divorce
妊娠したかも | pregnancy
生理が来ない どうしよう | pregnancy
中絶 費用 | pregnancy
産後つらい | postpartum
赤ちゃんが泣き止まない | postpartum
子育て疲れた | parenting
不登校 | school-refusal
いじめられてる | bullying
LINE外された | friends
クラスで無視される | bullying
借金返せない | debt
闇バイト やめたい | scam
パチンコやめられない | gambling
酒やめられない | alcohol
夫のお酒 | alcohol
性別 違和 | lgbtq
ビザ 切れる | visa
日本語 わからない | language
にほんごが わかりません | language
上司 怒鳴る | power-harassment
給料払ってくれない | unpaid-wages
クビになった | unemployment
年金 足りない | pension tax-arrears
年金だけでは暮らせない | pension poverty
墓 どうする | funeral
葬式代がない | funeral
ナマポ | welfare
生活保護 受けたい | welfare
リスカやめられない | self-harm
OD やめたい | overdose
市販薬を大量に飲んだ | overdose
ぼっち | loneliness
ニート | hikikomori
メンヘラ | mental-health
毒親 | parent-child
親ガチャ | parent-child
パパ活 | youth
トー横 | youth suicidal
せんせいにいえない | child
ママがこわい | parent-child child-abuse
おうちかえりたくない | runaway
家出したい | runaway
パパがなぐる | child-abuse
隣の子の泣き声 虐待 | child-abuse
夫に殴られる | dv
彼氏が怖い | dv
モラハラ | dv
子どもに手をあげてしまう | perpetrator
怒りが抑えられない | perpetrator
痴漢にあった | sexual-violence
レイプされた | sexual-violence
元カレがつきまとう 待ち伏せ | stalking dv
元彼がしつこい | stalking
死にたい | suicidal
きえたい | suicidal
shinitai | suicidal
うつかもしれない | depression
何もする気がしない | depression
パニック発作 電車 | anxiety
人前に出るのが怖い | anxiety
食べて吐くのがやめられない | eating-disorder
スマホ依存 | internet-gaming
息子がゲームばかり | internet-gaming
大麻やめたい | drugs
フラッシュバックがつらい | trauma
今夜泊まるところがない | homeless
ネットカフェで寝泊まり | homeless
住民税が払えない | tax-arrears
国保 払えない | tax-arrears
緊急小口資金 | loan-grant
就学援助 | education-cost
奨学金 返せない | education-cost debt
給食費が払えない | education-cost
仕事がない | employment
ハローワーク 行きたくない | employment
残業代が出ない | unpaid-wages
残業100時間 | overwork
休みがない 疲れた | overwork
退職代行 | quit-job
パワハラ | power-harassment
社長に体を触られた | sexual-harassment
カスハラ | harassment
仕事中に怪我した | work-injury
労災 | work-injury
夫婦の会話がない | marriage
旦那が浮気 | marriage
姑がきつい | family
失恋した | dating
彼氏がほしい | dating
シングルマザー お金ない | single-parent poverty
母子家庭 | single-parent
隣がうるさい | neighbours
町内会 トラブル | neighbours
先生がこわい | school
部活やめたい | school
受験つらい | exam-stress
裸の写真を送ってしまった | sns-trouble
誹謗中傷 | sns-trouble
弟の世話で勉強できない | young-carer
母が精神病 つらい | young-carer
施設で虐待 母 | elder-abuse
作業所でいじめ | disability-abuse bullying
救急車 呼ぶ | emergency
地震で家が壊れた | disaster
避難所がつらい | evacuation
何科に行けば | medical
難病 仕事 | chronic-illness
がんと言われた | cancer
病院代がない | medical-cost
障害者手帳 申請 | disability
発達障害かも | developmental-disability
耳が聞こえない | hearing-speech
ケアマネ 変えたい | care
一人暮らしの母が心配 | isolation-older
保育園落ちた | childcare
子どもを預けたい | childcare
外国人だから断られた | discrimination
ゲイかもしれない | lgbtq
親の宗教がつらい | religion-second-generation
男だけど相談したい | men
法テラス | legal
解約できない | consumer
オレオレ詐欺 | scam
親の遺産でもめてる | inheritance
成年後見人 | inheritance
出所したばかり 仕事ない | offender-support employment
在留カード 更新 | visa
ベトナム語 相談 | language
どこに相談すればいいかわからない | information
こども食堂 | kodomo-shokudo
居場所がほしい | ibasho
ボランティアしたい | volunteer
家族会に行きたい | peer-support
I'm lonely | loneliness
no money | poverty
domestic violence | dv
can't sleep | insomnia
lost my job | unemployment
会社で誰も話しかけてくれない | labour loneliness harassment
ひとりでごはん食べるのつらい | loneliness kodomo-shokudo
定年してから誰とも話さない | loneliness older
引っ越してきて知り合いがいない | neighbours friends loneliness
むすこが20年家から出ない | social-withdrawal-family hikikomori
兄が部屋にこもってる | social-withdrawal-family hikikomori
外に出るのがこわい | hikikomori
年金暮らしの親と無職の息子 | 8050
心がしんどい | mental-health
気持ちが沈む | depression mental-health
朝起きると涙が出る | mental-health depression
何もやる気がおきない | depression
胸がドキドキして止まらない | anxiety
夜中に目が覚める | insomnia
朝方まで寝つけません | insomnia
食べるの止まらない 太る | eating-disorder
夫が毎日飲んで暴れる | alcohol dv
お酒がないと眠れない | alcohol insomnia
競馬で借金 | gambling
ゲーム課金 子供 | internet-gaming
昔のことを思い出して苦しい | trauma
妻を亡くしてから何も手につかない | bereavement
母が他界してさみしい | bereavement
犬がなくなって立ち直れない | pet-loss
息子を自死で亡くした | grief-suicide suicidal
今月もうお金がない | poverty
給料日まで1000円しかない | poverty
オムツ代がない | poverty
生活保護の申請断られた | welfare
冷蔵庫になにもない | food
水道とめられそう | utilities
スマホ止まった | utilities
大家に出ていけと言われた | housing
保証人がいなくて部屋借りれない | housing
車で寝てる | homeless
寮を追い出された 今日寝る場所ない | homeless housing
リボ払い 返せない | debt
取り立ての電話がこわい | debt
市民税 払えない | tax-arrears
国からもらえるお金 | loan-grant
大学 学費 払えない | education-cost
障害年金もらいたい | pension disability
職場で無視される | harassment
仕事いきたくない | labour suicidal
バイト代もらえない | unpaid-wages
仕事見つからない 50代 | employment
突然解雇された | unemployment
毎日終電 | overwork
会社やめさせてくれない | quit-job
上司に毎日怒られる | power-harassment
先輩にお尻触られた | sexual-harassment sexual-violence
仕事で腰を痛めた | work-injury
旦那と会話がない | marriage
嫁が口をきいてくれない | marriage
夫と別れたい お金ない | divorce
親権とりたい | divorce
お母さんとけんかした | parent-child
親が勉強しろってうるさい | parent-child
彼女にフラれた | dating
離婚して子ども二人 生活きつい | single-parent divorce poverty
妻をなぐってしまった | perpetrator
子供を叩いてしまう 止められない | perpetrator
上の階の足音がうるさい | neighbours
学校つまんない | school
クラスに友達がいない | friends
勉強についていけない | school
浪人 しんどい | exam-stress youth
インスタに悪口かかれた | sns-trouble
おばあちゃんの介護で学校行けない | young-carer school-refusal
帰りたくない 泊まるとこない | runaway homeless
お父さんにたたかれる | child-abuse
まいにち おかあさんに ぶたれる | child-abuse
夫が生活費くれない | dv
彼氏に携帯チェックされる | dv
知らない人に体さわられた | sexual-violence
ずっと後をつけられてる | stalking
泥棒に入られた | crime-victim
交通事故で家族を亡くした | crime-victim bereavement
ヘルパーに叩かれた | elder-abuse violence
グループホームで怒鳴られる | disability-abuse
台風で屋根が飛んだ | disaster
避難所 どこ | evacuation
子どもが熱 夜 病院 | medical
透析 仕事 | illness
クローン病 | chronic-illness
母が癌 | cancer
入院費払えない | medical-cost
車椅子で働きたい | disability employment
ADHD 大人 | developmental-disability
耳が遠くて電話できない | hearing-speech
親の介護どうしたら | care
徘徊 困ってる | dementia
夜中に母に起こされて限界 | carer-fatigue suicidal mental-health
買い物に行けない 足が悪い | older
子どもがかわいくない | parenting postpartum
イヤイヤ期 イライラ | parenting
彼女が妊娠した | pregnancy
ゴムが破れた | pregnancy
産後うつかも | postpartum
待機児童 | childcare
国籍で部屋を断られた | discrimination housing
カミングアウトできない | lgbtq
エホバ 親 | religion-second-generation
弁護士に相談したい お金ない | legal
定期購入 解約できない | consumer
副業でだまされた | scam
空き家どうする | inheritance
刑務所から出た 住むところ | offender-support housing
ビザがない | visa
通訳してほしい | language
I need food | food
my husband hits me | dv
I want to die | suicidal
visa expired | visa
overtime not paid | unpaid-wages
tomodachi ga inai | friends
shigoto ga nai | employment
nihongo ga wakarimasen | language
nemurenai | insomnia
ひとりで さびしい | loneliness
しごとが ありません | employment
こどもが がっこうに いきません | school-refusal
びょういんに いきたい です | medical
やちんが はらえません | housing
つまに なぐられます | dv
かいしゃを くびに なりました | unemployment
じゅけんに おちた | exam-stress
こどもを あずけたい | childcare
誰か話聞いて | just-talk
愚痴聞いて | just-talk
サロン 高齢者 | ibasho older
何か手伝えることありますか | volunteer
同じ病気の人と話したい | peer-support
男の人に相談したい 男性です | men man
風俗やめたい | women
更年期 つらい | illness
ママ友に無視される | friends bullying
推しが卒業した | bereavement
不倫された | marriage
義母と同居がつらい | family
婚活疲れた | dating
就活うまくいかない | employment
氷河期世代 仕事ない | employment
やくそくの給料とちがう | labour unpaid-wages
Uber 事故 ケガ | work-injury
薬のみすぎる | overdose
うで切っちゃう | self-harm
帰っても真っ暗な部屋で一人 | loneliness
電話で誰かとしゃべりたい | just-talk
となりのおじいさんを最近見ない | isolation-older
三年間家から出てない | hikikomori
弟が10年引きこもり | social-withdrawal-family hikikomori
日中どこか行けるところ | ibasho
子供だけで夕飯 | kodomo-shokudo
こころが いたい です | mental-health
もう頑張れない | mental-health depression
頑張る気力がない | depression mental-health
電車に乗ると苦しくなる | anxiety
3時に目が覚めて眠れない | insomnia
吐くまで食べちゃう | eating-disorder
父が昼間から飲んでる | alcohol
スロットで給料全部使った | gambling
咳止め薬がやめられない | drugs
中学生の息子がスマホばかり | internet-gaming
事故の夢を何度も見る | trauma
父が死んで母が元気ない | bereavement
友達が自殺した | grief-suicide suicidal
明日食べるお金もない | poverty food
ケースワーカーが怖い | welfare
米が買えない | food
ガスがとまった | utilities
アパート追い出される | housing
泊まるところ 無料 今日 | homeless
闇金に追われてる | debt
年金払えない | tax-arrears pension
火葬 お金ない | funeral
修学旅行のお金が払えない | education-cost
シフト減らされた | labour
高校中退 仕事 | employment school
派遣切りにあった | unemployment
給料が振り込まれない | unpaid-wages
休み取れない 倒れそう | overwork
辞めたいと言えない | quit-job
店長に暴言吐かれる | power-harassment
課長がしつこくデートに誘う | sexual-harassment
通勤中に転んで骨折 | work-injury
夫が冷たい | marriage
子どもに会わせてもらえない | divorce
母が過干渉で苦しい | parent-child
元カノ忘れられない | dating
父子家庭 料理できない | single-parent
妻に手をあげてしまった | perpetrator
隣人がこわい | neighbours
担任が嫌い | school
友だちにうそつかれた | friends
テスト悪かった 怒られる | exam-stress school parent-child
知らない人に写真送っちゃった | sns-trouble
お母さんの看病で学校休んでる | young-carer
家にいたくない 夜 | runaway family
ごはん つくってくれない おかあさん | child-abuse
だんなにけられた | dv
電車で触られた | sexual-violence
元夫が家の前にいる | stalking dv
空き巣に入られた | crime-victim
母の年金を兄が使い込んでる | elder-abuse
大雨で家が水浸し | disaster
夜中に子供が吐いた | medical
リウマチで仕事つらい | chronic-illness
乳がん 仕事 | cancer
入院したけどお金ない | medical-cost poverty
療育手帳ほしい | disability
片付けられない 大人 | developmental-disability
声が出ない 相談 | hearing-speech
親を施設に入れたい | care
祖母が同じことばかり言う | dementia
親の介護で仕事辞めた | care carer-fatigue quit-job
2歳児 言うこと聞かない | parenting
高校生 妊娠 | pregnancy
赤ちゃん寝ない つらい | postpartum parenting
夜 子ども預ける | childcare
ハーフ いじめ | discrimination bullying
性別変えたい | lgbtq
親が統一教会 | religion-second-generation
弁護士 無料 | legal
訪問販売 断れない | consumer
ロマンス詐欺 お金返して | scam
親が死んで借金が残った | inheritance bereavement debt
前科 就職 | offender-support employment
オーバーステイ こわい | visa
通訳 病院 | language medical
ikizurai | mental-health
my son is addicted to games | internet-gaming
I can't pay my rent | housing
I was raped | sexual-violence
my boss doesn't pay me | unpaid-wages
kaisha yametai | quit-job
kodomo ga gakkou ni ikanai | school-refusal
せいかつが くるしいです | poverty
からだが いたい びょういん | medical
ともだちと けんかした | friends
おかあさんに おこられた | parent-child
えらい疲れたわ | mental-health
誰もわかってくれへん | loneliness
お金があらへん | poverty
仕事やめてえ | quit-job
まいにち さびしいです | loneliness
話す人がいなくて一日中テレビ | just-talk loneliness
独り身の老後こわい | isolation-older older
娘が5年部屋から出てこない | social-withdrawal-family
近所に集まれる場所ないかな | ibasho
気持ちがふさぐ | depression mental-health
人混みで息苦しい | anxiety
布団に入っても寝つけない | insomnia
痩せてるのに太ってると思う | eating-disorder
ビールやめられない | alcohol
馬で借金200万 | gambling debt
オンラインゲームに何十万も課金した | internet-gaming
飼い猫を看取ってつらい | pet-loss
祖母が死んだ | bereavement
お財布に300円しかない | poverty
役所で生活保護断られた | welfare
三日間水しか飲んでない | food
来週電気止まるって紙が来た | utilities
家賃3ヶ月滞納 | housing
終電逃したじゃなくて家がない | homeless housing
カードの支払いが遅れてる | debt
固定資産税 払えん | tax-arrears
お葬式あげられない | funeral
塾に行かせるお金がない | education-cost poverty
遺族年金ってもらえる？ | pension bereavement
休憩なしで働かされる | labour overwork
四十過ぎ 職歴なし 働きたい | employment
明日から来なくていいと言われた | unemployment
最後の月の給料もらってない | unpaid-wages
休日も電話が鳴る 休まらない | overwork
退職届 受け取ってくれない | quit-job
職場の先輩に毎日嫌味言われる | power-harassment harassment
店長が身体触ってくる | sexual-harassment
機械で指切った 仕事 | work-injury
夫の浮気 | marriage
別居中 生活費 | marriage divorce
父親がきらい | parent-child
彼女と別れて死ぬほどつらい | dating suicidal
母子手当 もらい方 | single-parent
かっとなって子供を殴った | perpetrator child-abuse
マンションの騒音 | neighbours
先生が怖くて学校行けない | school-refusal school
上履きかくされた | bullying
一緒にお弁当食べる人がいない | friends loneliness
志望校落ちた | exam-stress
なりすましアカウント作られた | sns-trouble
妹の面倒見てて遊べない | young-carer
家出してきた | runaway
ままがごはんくれない | child-abuse
付き合ってる人に叩かれた | dv violence
盗撮された | sexual-violence
職場で待ち伏せされる | stalking
ひったくりにあった | crime-victim
仮設住宅がさみしい | disaster loneliness
何科にかかればいいの | medical
抗がん剤の費用 | cancer
高額療養費 申請 | medical-cost
手帳 精神 申請 | disability mental-health
うちの子 発達障害かな | developmental-disability
手話で相談 | hearing-speech
要介護認定 受けたい | care
父が免許返さない | dementia older family
姑の介護もういや | carer-fatigue
育児ノイローゼ | parenting
つわりで仕事行けない | pregnancy
出産してから毎日泣いてる | postpartum
病児保育 | childcare
男が好きかも 男 | lgbtq
献金やめさせたい 母 | religion-second-generation
離婚 弁護士 無料 | legal divorce
エステ 高額契約 | consumer
受け子やってしまった | scam offender-support
遺言 書き方 | inheritance
保護観察中 仕事 | offender-support employment
永住 申請 | visa
日本語 勉強したい | language
husband passed away | bereavement
pregnant and scared | pregnancy
i can't find a job | employment
my child doesn't go to school | school-refusal
need translator | language
"""


@pytest.mark.parametrize("line", QUERIES.strip().split("\n"))
def test_what_people_type_leads_to_its_need(lexicon: Lexicon, line: str) -> None:
    text, expected = (part.strip() for part in line.split("|"))
    needs = lexicon.understand(text).needs
    assert needs
    assert needs[0].key in expected.split(), [(match.key, match.score) for match in needs[:4]]
