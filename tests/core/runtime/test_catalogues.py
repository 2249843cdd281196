"""The message catalogues: found, checked, added to and compiled without GNU gettext."""

import gettext
from pathlib import Path

import polib
import pytest

from tsunagari.core.runtime import catalogues

PYTHON = """
from django.utils.translation import gettext as _, ngettext, pgettext
a = _("話せるところ")
b = ngettext("%(count)d 人", "%(count)d 人たち", 2)
c = pgettext("hours", "開いています")
d = _("長い文は"
      "つながります")
e = _(a)
"""
TEMPLATE = """{% load i18n %}<p>{% translate "居場所" %}</p>
{% blocktranslate with name=x trimmed %}
  {{ name }} さん、
  こんにちは
{% endblocktranslate %}
{% blocktranslate count n=2 %}{{ n }} 件{% plural %}{{ n }} 件たち{% endblocktranslate %}
{% translate "開く" context "door" %}
<a title='{% translate "50% it's" %}'>{{ _("引用") }}</a>{# {% translate "見えない" %} #}
"""
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
HEADER += '"Plural-Forms: nplurals=2; plural=n != 1;\\n"\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project with one module, one template and an empty English catalogue."""
    app = tmp_path / "tsunagari" / "portal"
    (app / "templates").mkdir(parents=True)
    (app / "views.py").write_text(PYTHON)
    (app / "templates" / "home.html").write_text(TEMPLATE)
    (app / "migrations").mkdir()
    (app / "migrations" / "0001.py").write_text('_("never")')
    folder = tmp_path / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(HEADER)
    return tmp_path


def catalogue(tree: Path) -> Path:
    """The English catalogue's file."""
    return tree / "locale" / "en" / "LC_MESSAGES" / "django.po"


def test_every_message_is_found(tree: Path) -> None:
    found = catalogues.collect(tree)
    assert set(found) == {
        (None, "話せるところ"),
        (None, "%(count)d 人"),
        ("hours", "開いています"),
        (None, "長い文はつながります"),
        (None, "居場所"),
        (None, "%(name)s さん、 こんにちは"),
        (None, "%(n)s 件"),
        ("door", "開く"),
        (None, "50%% it's"),
        (None, "引用"),
    }
    assert found[None, "%(n)s 件"].plural == "%(n)s 件たち"


def test_update_adds_what_is_missing_and_drops_what_is_gone(tree: Path) -> None:
    assert len([fault for fault in catalogues.faults(tree) if "missing" in fault]) == 10
    assert catalogues.update(tree) == 10
    assert catalogues.update(tree) == 0
    faults = catalogues.faults(tree)
    assert len(faults) == 10
    assert all("not translated" in fault for fault in faults)

    (tree / "tsunagari" / "portal" / "views.py").write_text("")
    assert len([fault for fault in catalogues.faults(tree) if "not in the source" in fault]) == 4
    catalogues.update(tree)
    assert len(polib.pofile(str(catalogue(tree)))) == 6


def test_a_translation_with_other_placeholders_is_a_fault(tree: Path) -> None:
    catalogues.update(tree)
    po = polib.pofile(str(catalogue(tree)))
    for entry in po:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
        else:
            entry.msgstr = entry.msgid
    po.save()
    assert catalogues.faults(tree) == []

    next(entry for entry in po if "%(name)s" in entry.msgid).msgstr = "Hello %(nama)s"
    po.save()
    (fault,) = catalogues.faults(tree)
    assert "placeholders differ" in fault

    next(entry for entry in po if "%(name)s" in entry.msgid).msgstr = "95% interval of %(name)s"
    po.save()
    (fault,) = catalogues.faults(tree)
    assert "a single %" in fault
    next(entry for entry in po if "%(name)s" in entry.msgid).msgstr = "95%% interval of %(name)s"
    po.save()
    assert catalogues.faults(tree) == []

    next(entry for entry in po if entry.msgid == "居場所").flags.append("fuzzy")
    po.save()
    assert any("fuzzy" in fault for fault in catalogues.faults(tree))


def test_a_compiled_catalogue_is_what_gettext_reads_and_is_made_only_when_needed(tree: Path) -> None:
    catalogues.update(tree)
    po = polib.pofile(str(catalogue(tree)))
    next(entry for entry in po if entry.msgid == "居場所").msgstr = "Places to be"
    po.save()
    assert catalogues.compile_catalogues(tree) == 1
    assert catalogues.compile_catalogues(tree) == 0
    with catalogue(tree).with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("居場所") == "Places to be"


def test_the_easy_catalogue_wants_what_visitors_read_and_nothing_else(tree: Path) -> None:
    folder = tree / "locale" / catalogues.EASY / "LC_MESSAGES"
    folder.mkdir(parents=True)
    easy = folder / "django.po"
    easy.write_text(HEADER.replace("nplurals=2; plural=n != 1", "nplurals=1; plural=0"))
    desk = tree / "tsunagari" / "directory"
    (desk / "search").mkdir(parents=True)
    (desk / "views.py").write_text('_("職員だけが読む")')
    (desk / "search" / "cards.py").write_text('_("だれでも読む")')
    core = tree / "tsunagari" / "core" / "templates" / "core"
    core.mkdir(parents=True)
    (core / "desk.html").write_text('{% load i18n %}{% translate "職員のページ" %}')

    catalogues.update(tree)
    po = polib.pofile(str(easy))
    wanted = {entry.msgid for entry in po}
    assert {"居場所", "だれでも読む", "話せるところ"} <= wanted
    assert not {"職員だけが読む", "職員のページ"} & wanted
    assert {entry.msgid for entry in polib.pofile(str(catalogue(tree)))} >= {"職員だけが読む", "職員のページ"}
    assert any(catalogues.EASY in fault and "not translated" in fault for fault in catalogues.faults(tree))

    for entry in po:
        if entry.msgid_plural:
            assert set(entry.msgstr_plural) == {0}  # Japanese has no plural
            entry.msgstr_plural = {0: entry.msgid}
        else:
            entry.msgstr = entry.msgid
    po.save()
    assert [fault for fault in catalogues.faults(tree) if catalogues.EASY in fault] == []

    (desk / "search" / "cards.py").write_text("")  # what only the desk says now belongs there no more
    assert any(catalogues.EASY in fault and "not in the source" in fault for fault in catalogues.faults(tree))


def test_our_own_source_can_be_read() -> None:
    assert len(catalogues.collect()) > 0
