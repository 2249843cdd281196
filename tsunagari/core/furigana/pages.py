"""Write readings into a page that is about to be sent."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from tsunagari.core.furigana.markup import annotate
from tsunagari.core.furigana.readings import has_kanji, marked_up, matched, with_ruby


def write_readings(response: HttpResponseBase, *, everywhere: bool = True, keep: bool | None = None) -> None:
    """Put furigana over the kanji of an HTML page; with ``everywhere`` False over plain Japanese alone.

    A page that anybody may keep (``Cache-Control: public``) holds nobody's words: its texts stay in memory,
    those of other pages do not. ``keep`` says it where that header is not written yet.
    """
    if not isinstance(response, HttpResponse) or not response.get("Content-Type", "").startswith("text/html"):
        return
    kept = "public" in response.get("Cache-Control", "") if keep is None else keep

    def read(text: str) -> str:
        return with_ruby(text, keep=kept) if has_kanji(text) else text

    def by_kana(text: str, kana: str) -> str:
        """The text of an element that says how it is read, where that fits."""
        bare = text.strip()
        found = matched(bare, kana.replace(" ", "").replace("　", "")) if has_kanji(bare) else None
        return text.replace(bare, marked_up(found), 1) if found else read(text)

    html = annotate(response.content.decode(), read, by_kana=by_kana, everywhere=everywhere)
    response.content = html.encode()
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
