"""The public dashboard: by policy, measure and prefecture; what it does not say; charts, downloads."""

import csv
import json
from datetime import date
from io import StringIO
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.plan.making import (
    AT,
    make_indicator,
    make_measure,
    make_plan,
    make_target,
    make_version,
    observed,
    year,
)
from tsunagari.core.areas import load_areas
from tsunagari.plan import charts
from tsunagari.plan.models import (
    Indicator,
    Measure,
    MeasureIndicator,
    Observation,
    Plan,
    PlanVersion,
    SeriesBreak,
    Standing,
)
from tsunagari.plan.progress import Point
from tsunagari.plan.services.indicator_loading import load_indicators
from tsunagari.plan.services.loading import load_plan
from tsunagari.plan.services.observations import Figure
from tsunagari.plan.services.standings import compute_standings
from tsunagari.plan.sparkline import sparkline

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> PlanVersion:
    return make_version(make_plan())


@pytest.fixture
def measure(version: PlanVersion) -> Measure:
    return make_measure(version)


@pytest.fixture
def indicator(version: PlanVersion, measure: Measure) -> Indicator:
    made = make_indicator(version.plan.secretariat, name_ja="つながった割合<b>")
    MeasureIndicator.objects.create(measure=measure, indicator=made)
    observed(made, year(2021, 300), year(2022, 310), year(2023, 460))
    return made


def page(client: Client, name: str, *args: object, **query: object) -> str:
    response = client.get(reverse(f"plan:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_dashboard_shows_interval_class_and_small_chart(client: Client, indicator: Indicator) -> None:
    html = page(client, "figures")
    assert "46.0％" in html
    assert "42.9％〜49.1％" in html
    assert "順調に進んでいる" in html
    assert '<svg class="spark"' in html
    assert "つながった割合&lt;b&gt;" in html
    assert "style=" not in html.split("<main")[1]


def test_it_is_looked_at_by_policy_measure_kind_and_class(
    client: Client, indicator: Indicator, measure: Measure, version: PlanVersion
) -> None:
    other = make_indicator(version.plan.secretariat, name_ja="べつの数字", kind="output")
    compute_standings([other.pk])
    for query, mine, others in [
        ({}, True, True),
        ({"policy": 2}, True, False),
        ({"policy": 3}, False, False),
        ({"measure": measure.key}, True, False),
        ({"kind": "output"}, False, True),
        ({"progress": "substantial"}, True, False),
        ({"progress": "not-available"}, False, True),
    ]:
        html = page(client, "figures", **query)
        assert ("つながった割合" in html, "べつの数字" in html) == (mine, others), query


@pytest.mark.parametrize(
    "query",
    [
        {"policy": "x"}, {"policy": "１"}, {"kind": "x"}, {"progress": "x"}, {"area": "999999"},
        {"page": "0"}, {"page": "2"}, {"page": "-1"}, {"page": "99999"}, {"page": "x"}, {"policy": "9" * 30},
    ],
)  # fmt: skip
def test_what_there_is_not_is_404(client: Client, indicator: Indicator, query: dict[str, str]) -> None:
    assert client.get(reverse("plan:figures"), query).status_code == 404


def test_hostile_measures_find_nothing(client: Client, indicator: Indicator) -> None:
    for measure in ("' OR 1=1 --", "\0", "M" * 500, "<script>", "M０７", "M07\n"):
        assert client.get(reverse("plan:figures"), {"measure": measure}).status_code == 404
    assert "つながった割合" not in page(client, "figures", measure="M99999")


def test_a_change_within_the_error_is_not_called_one(client: Client, version: PlanVersion) -> None:
    survey = make_indicator(
        version.plan.secretariat, source="survey", uncertainty="standard_error", unit="%", better="down"
    )
    waves = [
        Figure(date(y, 12, 1), date(y, 12, 31), value=v, standard_error=0.19)
        for y, v in ((2021, 4.5), (2024, 4.3))
    ]
    observed(survey, *waves)
    html = page(client, "figure", survey.key)
    assert "変化が誤差の範囲なので、変わったとは言えません" in html
    assert "よくなった（" not in html
    assert "3.9％〜4.7％" in html


def test_a_figure_shows_break_correction_source_and_measures(
    client: Client, indicator: Indicator, measure: Measure
) -> None:
    SeriesBreak.objects.create(indicator=indicator, on=date(2023, 4, 1), reason="数え方をそろえた")
    compute_standings([indicator.pk])
    html = page(client, "figure", indicator.key)
    assert "数え方をそろえた" in html
    assert "figure-broken" in html
    assert "同じ数え方の値が、まだ一つしかありません" in html
    assert "人と話せた人" in html
    assert reverse("plan:measure_figures", args=[measure.key]) in html
    assert "460 / 1,000" in html


def test_english_is_complete_about_numbers(client: Client, indicator: Indicator) -> None:
    html = client.get("/en" + reverse("plan:figure", args=[indicator.key])).content.decode()
    assert "People who reached a human" in html
    assert "42.9%–49.1%" in html


def test_an_aim_is_drawn_and_said(client: Client, version: PlanVersion, measure: Measure) -> None:
    made = make_indicator(version.plan.secretariat)
    make_target(version, measure, made, value="60", deadline_on=date(2028, 3, 31))
    observed(made, year(2021, 300), year(2023, 640))
    assert Standing.objects.get(indicator=made).progress == "target-achieved"
    html = page(client, "figure", made.key)
    assert "目標 60.0％（2028年3月まで）" in html
    assert "目標に届いた" in html
    svg = page(client, "figure_chart", made.key)
    assert "目標 60.0％" in svg


def test_the_charts_are_pictures_with_japanese_and_without_style_or_script(
    client: Client, indicator: Indicator
) -> None:
    svg = page(client, "figure_chart", indicator.key)
    root = ElementTree.fromstring(svg)
    words = "".join(root.itertext())
    assert "値（％）" in words
    assert "2023" in words or "2024" in words
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not names & {"script", "style", "foreignObject", "image"}
    assert not any("style" in element.attrib for element in root.iter())
    assert "BIZ UDPGothic" in svg


def test_a_line_stops_at_a_break() -> None:
    points = [Point(date(y, 3, 31), float(y - 2000)) for y in range(2018, 2024)]
    words = charts.Words("題", "年", "値", "", "数え方が変わりました")
    joined = charts.series_chart(points, [], words=words, percent=False)
    broken = charts.series_chart(points, [date(2020, 4, 1)], words=words, percent=False)

    def lines(svg: str) -> int:
        return svg.count('aria-roledescription="line mark"')

    assert (lines(joined), lines(broken)) == (1, 2)
    assert "数え方が変わりました" in broken
    assert sparkline(points, []).count("spark-line") == 1
    assert sparkline(points, [date(2020, 4, 1)]).count("spark-line") == 2


def test_prefectures_stand_beside_each_other(client: Client, indicator: Indicator) -> None:
    load_areas(settings.DATA_DIR / "municipalities.csv")
    observed(indicator, year(2023, 40, 100, area_code="130001"), year(2023, 50, 100, area_code="270008"))
    html = page(client, "figure", indicator.key)
    assert "東京都" in html
    assert "30.9％〜49.8％" in html
    svg = page(client, "figure_areas_chart", indicator.key)
    assert "大阪府" in svg
    mine = page(client, "figures", area="130001")
    assert "40.0％" in mine
    assert "46.0％" not in mine
    assert client.get(reverse("plan:figures"), {"area": "131016"}).status_code == 404


def test_nothing_measured_has_no_chart(client: Client, version: PlanVersion) -> None:
    empty = make_indicator(version.plan.secretariat)
    assert "まだ測っていません" in page(client, "figure", empty.key)
    assert client.get(reverse("plan:figure_chart", args=[empty.key])).status_code == 404
    assert client.get(reverse("plan:figure_areas_chart", args=[empty.key])).status_code == 404
    assert client.get(reverse("plan:figure", args=["no-such"])).status_code == 404


def test_the_downloads_say_what_the_pages_say(client: Client, indicator: Indicator) -> None:
    hidden = Figure(date(2024, 4, 1), date(2025, 3, 31), state="suppressed", note="=1+1")
    observed(indicator, hidden)
    text = client.get(reverse("plan:figure_csv", args=[indicator.key])).content.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["OBS_STATUS"] for row in rows] == ["A", "A", "A", "Q"]
    assert rows[2]["OBS_VALUE"] == "0.46"
    assert (rows[3]["OBS_VALUE"], rows[3]["COMMENT_OBS"]) == ("", "'=1+1")
    assert float(rows[2]["LOWER_95"]) == pytest.approx(0.4293, abs=1e-4)
    body = json.loads(client.get(reverse("plan:figure_json", args=[indicator.key])).content)
    assert (body["STAT_CONC_DEF"], body["UNIT_MEASURE"], body["FREQ"]) == (indicator.definition, "ratio", "A")
    assert "÷" in body["DATA_COMP"]
    assert len(body["observations"]) == 4
    newest = client.get(reverse("plan:figures_csv")).content.decode("utf-8-sig")
    assert len(list(csv.DictReader(StringIO(newest)))) == 1
    all_json = json.loads(client.get(reverse("plan:figures_json")).content)
    assert [each["INDICATOR"] for each in all_json["indicators"]] == [indicator.key]


def test_the_measure_page_draws_the_logic_model(
    client: Client, indicator: Indicator, measure: Measure
) -> None:
    html = page(client, "measure_figures", measure.key)
    assert 'class="logic"' in html
    assert "つながった割合&lt;b&gt;" in html
    assert "アウトカム指標はありますが、予算事業が書かれていません。" in html
    assert client.get(reverse("plan:measure_figures", args=["M999"])).status_code == 404


def test_a_draft_is_not_shown(client: Client) -> None:
    draft = make_version(state="draft")
    measure = make_measure(draft, title="秘密の施策")
    assert client.get(reverse("plan:measure_figures", args=[measure.key])).status_code == 404
    assert "秘密の施策" not in page(client, "figures")


@pytest.mark.parametrize("many", [1, 6])
def test_the_queries_do_not_grow(client: Client, version: PlanVersion, measure: Measure, many: int) -> None:
    for _ in range(many):
        made = make_indicator(version.plan.secretariat)
        MeasureIndicator.objects.create(measure=measure, indicator=made)
        observed(made, year(2021, 300), year(2023, 460))
    client.get(reverse("plan:figures"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page(client, "figures")
    assert len(queries) <= 13
    with CaptureQueriesContext(connection) as queries:
        page(client, "figure", made.key)
    assert len(queries) <= 14


def test_the_real_figures_load_once_and_honestly(client: Client) -> None:
    load_plan(folder=settings.DATA_DIR, at=AT)
    counts = load_indicators(folder=settings.DATA_DIR, at=AT)
    assert counts["indicators"] == 29
    assert counts["observations"] == 8
    assert load_indicators(folder=settings.DATA_DIR, at=AT) == {}
    assert Plan.objects.count() == 1
    lonely = Observation.objects.filter(indicator__key="any-lonely").order_by("ends_on")
    assert [each.value for each in lonely] == [36.4, 40.3, 39.3, 39.3]
    assert all(each.standard_error for each in lonely)
    assert Standing.objects.get(indicator__key="often-lonely").reason == "within-error"
    assert Standing.objects.get(indicator__key="any-lonely").progress == "deterioration"
    assert Standing.objects.get(indicator__key="reached-within-24h").reason == "not-measured"
    surveys = MeasureIndicator.objects.filter(indicator__source="survey")
    assert not surveys.exists()
    outcomes = Indicator.objects.filter(kind="outcome")
    assert all(each.denominator for each in outcomes)
    html = page(client, "figures", measure="M07")
    assert "24時間以内に人につながった割合" in html
    assert "測っていない" in html
