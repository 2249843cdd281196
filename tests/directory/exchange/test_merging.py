"""Duplicates: how they are found, why, how well, and what is remembered of a decision."""

import random
from typing import Any

import pytest

from bench.import_hsds import lines
from tests.directory.exchange.conftest import Write, a_service, bring
from tests.factories import AT
from tsunagari.directory.exchange.matching import folded_name, keys_of, phone_digits, web_place
from tsunagari.directory.exchange.merging import (
    ChangedAfterMerge,
    Decided,
    NotMergeable,
    accept_proposal,
    decline_proposal,
    merge_services,
    survivor_of,
    undo_merge,
)
from tsunagari.directory.exchange.proposing import propose_merges
from tsunagari.directory.models import Channel, Merge, MergeProposal, Service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("NPO法人 ひだまり", "特定非営利活動法人ひだまり"),
        ("株式会社みらい", "（株）ミライ"),
        ("みんなの相談室　１号", "みんなの相談室 1号"),
        ("こども・食堂", "コドモ食堂"),
        ("㈱みらい", "みらい株式会社"),
    ],
)
def test_names_that_are_the_same(first: str, second: str):
    assert folded_name(first) == folded_name(second) != ""


def test_a_name_that_is_only_a_sort_of_body_stays():
    assert folded_name("株式会社") != ""


def test_numbers_and_pages_in_one_form():
    assert phone_digits("０３（１２３４）５６７８") == phone_digits("+81 3-1234-5678") == "0312345678"
    assert phone_digits("110") == ""
    assert web_place("https://www.example.org/a/index.html") == web_place("http://example.org/a/")
    assert web_place("https://example.org/") == web_place("nonsense") == ""
    assert keys_of(names=[], numbers=["110"], urls=[""], areas=[]) == []


def twins(**more: Any) -> list[dict[str, Any]]:
    first = a_service("s1", name="NPO法人みんなの相談室")
    second = a_service("s2", name="みんなの相談室（特非）", **more)
    second["organization"] = {"id": "o2", "name": "特定非営利活動法人ひだまり"}
    return [first, second]


def test_a_pair_is_proposed_once_with_its_reasons(write: Write):
    run = bring(write(*twins()))
    assert propose_merges(at=AT, run=run) == 1
    proposal = MergeProposal.objects.get()
    told = {reason["code"] for reason in proposal.reasons}
    assert {"same_name", "same_phone", "same_area", "same_organization_name", "same_address"} <= told
    assert proposal.score >= 60
    assert propose_merges(at=AT, run=run) == 0
    decline_proposal(proposal_id=proposal.pk, actor=None, at=AT)
    assert propose_merges(at=AT) == 0
    with pytest.raises(Decided):
        decline_proposal(proposal_id=proposal.pk, actor=None, at=AT)


def test_what_only_looks_alike_is_not_proposed(write: Write):
    others = a_service("s2", name="みんなの相談室 第2", service_areas=[{"name": "大阪府大阪市"}])
    others |= {
        "phones": [{"number": "06-9999-0000"}],
        "url": "https://example.com/x",
        "service_at_locations": [],
    }
    sister = a_service("s3", name="こころの電話")
    run = bring(write(a_service("s1", name="みんなの相談室 第1"), others, sister))
    assert propose_merges(at=AT, run=run) == 0


def test_accepting_merges_and_undoing_is_exact(write: Write):
    bring(write(*twins(alert="二つ目の注意")))
    propose_merges(at=AT)
    proposal = MergeProposal.objects.get()
    before = facts()
    with pytest.raises(NotMergeable):
        accept_proposal(proposal_id=proposal.pk, survivor_id=proposal.pk, actor=None, at=AT)
    merge = accept_proposal(proposal_id=proposal.pk, survivor_id=proposal.first_id, actor=None, at=AT)
    assert survivor_of(proposal.second_id) == proposal.first_id
    assert survivor_of(proposal.first_id) is None
    for pair in ((proposal.first_id, proposal.second_id), (proposal.first_id, proposal.first_id)):
        with pytest.raises(NotMergeable):
            merge_services(survivor_id=pair[0], merged_id=pair[1], actor=None, at=AT)
    undo_merge(merge_id=merge.pk, at=AT)
    assert facts() == before
    assert survivor_of(proposal.second_id) is None
    with pytest.raises(ChangedAfterMerge):
        undo_merge(merge_id=merge.pk, at=AT)


def test_a_merge_that_was_built_upon_is_not_undone(write: Write):
    bring(write(*twins()))
    first, second = Service.objects.order_by("name")
    merge = merge_services(survivor_id=first.pk, merged_id=second.pk, actor=None, at=AT)
    Channel.objects.filter(service=first).update(note="あとから")
    with pytest.raises(ChangedAfterMerge):
        undo_merge(merge_id=merge.pk, at=AT)
    assert Merge.objects.get().undone_at is None


def test_merges_of_merges_lead_to_the_last(write: Write):
    bring(write(a_service("s1"), a_service("s2"), a_service("s3")))
    one, two, three = Service.objects.order_by("name").values_list("pk", flat=True)
    merge_services(survivor_id=two, merged_id=one, actor=None, at=AT)
    merge_services(survivor_id=three, merged_id=two, actor=None, at=AT)
    assert survivor_of(one) == survivor_of(two) == three


def facts() -> list[Any]:
    names = [
        field.attname
        for field in Service._meta.concrete_fields
        if field.attname not in ("created_at", "modified_at")
    ]
    channels = [field.attname for field in Channel._meta.concrete_fields]
    return [
        sorted(Service.objects.values_list(*names), key=str),
        sorted(Channel.objects.values_list(*channels), key=str),
    ]


@pytest.mark.slow
def test_noisy_duplicates_are_found_and_others_left_alone(write: Write):
    made = list(lines(1_500, seed=random.Random(5).randrange(1_000)))
    pairs = {frozenset((same, item["id"])) for item, same in made if same}
    run = bring(write(*(item for item, _same in made)))
    propose_merges(at=AT, run=run)
    proposed = {
        frozenset(map(str, pair)) for pair in MergeProposal.objects.values_list("first_id", "second_id")
    }
    assert len(pairs) > 25
    assert len(proposed & pairs) / len(pairs) >= 0.85
    assert len(proposed & pairs) / len(proposed) >= 0.9
