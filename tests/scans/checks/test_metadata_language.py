"""Languages and translations, with the silent twins."""

from __future__ import annotations

import pytest

from scans.checks import check_crawl, check_page
from scans.snapshot import Category, Confidence, PageFacts, Problem, Relation, Severity
from tests.scans.checks.build import HOME, of, page, relation, site

GERMAN = (
    "Wir bauen seit mehr als sechzig Jahren leise Maschinen für kleine Werkstätten und liefern sie in ganz Europa "
    "aus. Unsere Kunden sind Tischler, Drechsler und Instrumentenbauer, die ihre Nachbarn nicht wecken wollen. Jede "
    "Maschine wird von Hand geprüft, bevor sie unser Haus verlässt, und auf Wunsch stellen wir sie bei Ihnen auf."
)
ENGLISH = (
    "We have been building quiet machines for small workshops for more than sixty years and deliver them all over "
    "Europe. Our customers are joiners, turners and instrument makers who do not want to wake their neighbours. Each "
    "machine is tested by hand before it leaves our house, and if you like, we come and set it up for you."
)
NORWEGIAN = (
    "Vi har bygget stille maskiner for små verksteder i mer enn seksti år og leverer dem over hele Europa. Kundene "
    "våre er snekkere, dreiere og instrumentmakere som ikke vil vekke naboene sine. Hver maskin blir prøvd for hånd "
    "før den forlater huset vårt, og om du ønsker det, kommer vi og setter den opp hos deg."
)
LATIN = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit. Suspendisse varius enim in eros elementum tristique. "
    "Duis cursus, mi quis viverra ornare, eros dolor interdum nulla, ut commodo diam libero vitae erat. Aenean "
    "faucibus nibh et justo cursus id rutrum lorem imperdiet. Nunc ut sem vitae risus tristique posuere."
)


def mismatch(lang: str, text: str, **facts: object) -> list[Problem]:
    return of(check_page(page(lang=lang, main_text=text, **facts), {Category.METADATA}), "metadata.lang-mismatch")


def test_lang_mismatch() -> None:
    (problem,) = mismatch("en-GB", GERMAN)
    assert problem.severity is Severity.MODERATE
    assert problem.confidence is Confidence.NEEDS_REVIEW
    assert problem.evidence == {"lang": "en-GB", "detected": "de"}


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("de", GERMAN),
        ("DE_at", GERMAN),
        ("en", ENGLISH),
        ("nb", NORWEGIAN),
        ("da", NORWEGIAN),
        ("en", LATIN),
        ("en", GERMAN[:150]),
        ("en", f"{ENGLISH[:400]} {GERMAN[:400]}"),
        ("", GERMAN),
        ("tlh", GERMAN),
        ("en", "12 34 56 " * 100),
    ],
)
def test_lang_mismatch_is_silent(lang: str, text: str) -> None:
    assert mismatch(lang, text) == []


def test_lang_of_error_pages_is_not_judged() -> None:
    assert mismatch("en", GERMAN, status=404) == []


def test_a_text_of_names_is_in_no_language() -> None:
    assert mismatch("de", "Dashboard Pricing Webflow Login Features Analytics SaaS Figma " * 5) == []


def alternates(*pairs: tuple[str, str], base: str = HOME) -> list[Relation]:
    return [relation("alternate", href, hreflang=code, base=base) for code, href in pairs]


def invalid(*pairs: tuple[str, str], **facts: object) -> list[Problem]:
    return of(
        check_page(page(HOME, relations=alternates(*pairs), **facts), {Category.METADATA}), "metadata.hreflang-invalid"
    )


@pytest.mark.parametrize("code", ["en-UK", "en_GB", "english", "xx", "e", "en-GBR", "gb-en-x", "en-zz"])
def test_hreflang_bad_code(code: str) -> None:
    (problem,) = invalid(("en", HOME), (code, f"{HOME}x"))
    assert problem.severity is Severity.MODERATE
    assert code in problem.message


@pytest.mark.parametrize(
    ("pairs", "fault"),
    [
        ((("en", "/"), ("de", f"{HOME}de")), "no full address"),
        ((("en", HOME), ("de", "https://")), "no full address"),
        ((("de", f"{HOME}de"), ("fr", f"{HOME}fr")), "does not name itself"),
    ],
)
def test_hreflang_relative_or_without_itself(pairs: tuple[tuple[str, str], ...], fault: str) -> None:
    (problem,) = invalid(*pairs)
    assert fault in problem.message
    assert len(problem.evidence["faults"]) == 1


def test_hreflang_is_silent() -> None:
    good = (
        ("en", HOME),
        ("x-default", HOME),
        ("de-AT", f"{HOME}de"),
        ("zh-Hant-TW", f"{HOME}zh"),
        ("es-419", f"{HOME}es"),
    )
    assert invalid(*good) == []
    assert invalid() == []
    assert invalid(("xx", "/de"), status=404) == []


def test_hreflang_names_itself_by_its_canonical() -> None:
    relations = [relation("canonical", f"{HOME}start"), *alternates(("en", f"{HOME}start"))]
    assert of(check_page(page(HOME, relations=relations), {Category.METADATA}), "metadata.hreflang-invalid") == []


def one_way(*pages: PageFacts) -> list[Problem]:
    return of(check_crawl(site(pages), {Category.METADATA}), "metadata.hreflang-not-reciprocal")


EN = page(HOME, relations=alternates(("en", HOME), ("de", f"{HOME}de")))


def test_hreflang_not_reciprocal() -> None:
    for relations in ([], alternates(("de", f"{HOME}de"))):
        (problem,) = one_way(EN, page("/de", relations=relations))
        assert problem.severity is Severity.MODERATE
        assert (problem.url, problem.evidence["target"]) == (HOME, f"{HOME}de")


def test_hreflang_reciprocal_is_silent() -> None:
    assert one_way(EN, page("/de", relations=alternates(("de", f"{HOME}de"), ("en", HOME)))) == []
    assert one_way(EN) == []
    assert one_way(EN, page("/de", status=404)) == []
