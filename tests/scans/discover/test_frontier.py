import pytest

from scans.discover import frontier as module
from scans.discover.frontier import Entry, Frontier, SkipReason, Source

START = "https://example.com/"


def site(*paths, **options):
    frontier = Frontier(START, **options)
    for path in paths:
        frontier.add(f"https://example.com{path}", Source.LINK, 1)
    return frontier


def taken(frontier):
    found = []
    while entry := frontier.next():
        found.append(entry.url.removeprefix("https://example.com"))
    return found


def reasons(frontier):
    return {skipped.url.removeprefix("https://example.com"): skipped.reason for skipped in frontier.skipped}


def test_start_then_navigation_then_links_then_sitemap_by_depth():
    frontier = Frontier(START)
    for path, source, depth in [
        ("/deep", Source.LINK, 2),
        ("/listed/far/away", Source.SITEMAP, None),
        ("/listed", Source.SITEMAP, None),
        ("/link", Source.LINK, 1),
        ("/nav", Source.NAVIGATION, 1),
    ]:
        assert frontier.add(f"https://example.com{path}", source, depth)
    assert taken(frontier) == ["/", "/nav", "/link", "/listed", "/deep", "/listed/far/away"]
    assert frontier.is_exhausted and frontier.found == 6 and not frontier.skipped


def test_a_listed_page_that_is_linked_moves_up():
    frontier = Frontier(START)
    frontier.add("https://example.com/a/b/c", Source.SITEMAP)
    frontier.add("https://example.com/other", Source.LINK, 2)
    assert not frontier.add("https://example.com/a/b/c", Source.LINK, 1)
    frontier.next()
    assert frontier.next() == Entry("https://example.com/a/b/c", 1, Source.LINK)
    assert taken(frontier) == ["/other"]


def test_one_page_however_it_is_written():
    frontier = site("/a#x", "/a?utm_source=mail", "/a", "/./a")
    assert taken(frontier) == ["/", "/a"]


def test_slashes_and_index_files_stay_apart_until_a_redirect_says_so():
    frontier = site("/a", "/a/", "/a/index.html")
    assert [frontier.next().url for _ in range(2)][-1] == "https://example.com/a"
    assert frontier.mark_alias("https://example.com/a", "https://example.com/a/")
    assert taken(frontier) == ["/a/index.html"], "/a/ was met by redirect and is not fetched again"
    assert not frontier.mark_alias("https://example.com/a/index.html", "https://example.com/a/")
    assert reasons(frontier) == {"/a/index.html": "duplicate"}


def test_a_duplicate_costs_nothing_of_the_budget_but_not_for_ever():
    frontier = site(*(f"/{n}" for n in range(20)), max_pages=3)
    fetched = 0
    while entry := frontier.next():
        fetched += 1
        assert frontier.mark_alias(entry.url, START) is (entry.url == START)
    assert fetched == 6


def test_the_budget_says_what_it_left_out():
    frontier = site("/a", "/b", "/c", max_pages=2)
    assert taken(frontier) == ["/", "/a"]
    assert reasons(frontier) == {"/b": "budget", "/c": "budget"}
    assert not frontier.is_exhausted


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://other.com/", SkipReason.OUT_OF_SCOPE),
        ("https://shop.example.com/", SkipReason.OUT_OF_SCOPE),
        ("https://example.com:8443/", SkipReason.OUT_OF_SCOPE),
        ("mailto:a@example.com", SkipReason.SCHEME),
        ("http://", SkipReason.MALFORMED),
        ("https://example.com/file.PDF?x", SkipReason.NOT_A_PAGE),
        ("https://example.com/admin/x", SkipReason.EXCLUDED),
        ("https://example.com/robots", SkipReason.ROBOTS),
        ("https://example.com/a/a/a/", SkipReason.TRAP),
        ("https://example.com/x/a/b/a/b/a/b", SkipReason.TRAP),
        ("https://example.com/" + "/".join("abcdefghijklm"), SkipReason.TRAP),
        ("https://example.com/" + "x" * 2100, SkipReason.REFUSED),
    ],
)
def test_every_url_left_out_has_its_reason(url, reason):
    frontier = Frontier(START, exclude=["/admin/*"], allowed=lambda url: "robots" not in url)
    assert not frontier.add(url, Source.LINK, 1)
    assert [skipped.reason for skipped in frontier.skipped] == [reason]


@pytest.mark.parametrize("path", ["/v1.2", "/about.html", "/shop.php?id=1", "/a.b/c", "/jane.doe"])
def test_dots_in_paths_of_pages(path):
    assert site().add(f"https://example.com{path}", Source.LINK, 1)


def test_the_www_twin_and_configured_hosts_are_own():
    frontier = Frontier(START, hosts=["blog.example.com"])
    assert frontier.add("https://www.example.com/x", Source.LINK, 1)
    assert frontier.add("https://blog.example.com/x", Source.LINK, 1)


def test_include_narrows_all_but_the_start():
    frontier = site("/blog/a", "/shop/a", "/blog", include=["/blog*"])
    assert taken(frontier) == ["/", "/blog/a", "/blog"]
    assert reasons(frontier) == {"/shop/a": "excluded"}


def test_a_calendar_ends_and_a_blog_does_not():
    days = [f"/calendar/20{year:02d}/{month:02d}" for year in range(20, 30) for month in range(1, 13)]
    posts = [f"/blog/2024/05/post-{name}" for name in "abcdefghijklmnopqrstuvwxyz"]
    frontier = site(*days, *posts, max_pages=1000)
    found = taken(frontier)
    assert len([path for path in found if "calendar" in path]) == 24
    assert len([path for path in found if "blog" in path]) == 26


def test_variants_of_a_query_end():
    frontier = site(*(f"/list?filter={n}" for n in range(100)), max_pages=1000)
    assert len(taken(frontier)) == 31
    assert set(reasons(frontier).values()) == {"trap"}


def test_asking_again_for_a_trap_does_not_open_it():
    frontier = site("/a/a/a")
    assert not frontier.add("https://example.com/a/a/a", Source.SITEMAP)
    assert reasons(frontier) == {"/a/a/a": "trap"}


def test_known_urls_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "MOST_KNOWN", 50)
    monkeypatch.setattr(module, "MOST_SKIPPED", 10)
    frontier = site(*(f"/{n}" for n in range(1000)), max_pages=10_000)
    assert frontier.found == 50 and len(taken(frontier)) == 50 and len(frontier.skipped) == 10


def test_a_redirect_away_is_out_of_scope():
    frontier = site("/gone")
    frontier.next()
    frontier.next()
    assert not frontier.mark_alias("https://example.com/gone", "https://elsewhere.com/")
    assert reasons(frontier) == {"/gone": "out-of-scope"}


def test_stop_leaves_the_rest_out():
    frontier = site("/a", "/b")
    frontier.next()
    frontier.stop()
    assert frontier.next() is None and not frontier.is_exhausted
    assert reasons(frontier) == {"/a": "stopped", "/b": "stopped"}


def test_a_start_that_is_no_address_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="no web address"):
        Frontier("example.com")


def test_pages_of_the_scan_before_come_before_others():
    before = {"https://example.com/c", "https://example.com/d"}
    frontier = site("/a", "/b", "/c", prefer=before, max_pages=3)
    frontier.add("https://example.com/d", Source.LINK, 2)
    assert taken(frontier) == ["/", "/c", "/d"]
    assert reasons(frontier) == {"/a": SkipReason.BUDGET, "/b": SkipReason.BUDGET}
