import pytest

from scans.discover.urls import host_of, normalise, own_hosts, registrable_domain, same_site, strip_tracking, www_twin


@pytest.mark.parametrize(
    ("url", "base", "normalised"),
    [
        ("HTTPS://Example.com:443/a/./b/../c", None, "https://example.com/a/c"),
        ("../x?q=1#f", "https://example.com/a/b/", "https://example.com/a/x?q=1"),
        ("//cdn.example.net/x y", "https://example.com/", "https://cdn.example.net/x%20y"),
        ("\n /a\t/b ", "https://example.com/", "https://example.com/a/b"),
        ("http://0x7f.1/", None, "http://127.0.0.1/"),
        ("https://bücher.de/ü", None, "https://xn--bcher-kva.de/%C3%BC"),
        ("", "https://example.com/a#b", "https://example.com/a"),
        ("mailto:a@example.com", "https://example.com/", None),
        ("javascript:x", None, None),
        ("htps://example.com/", None, None),
        ("https://", None, None),
        ("http://a b.com/", None, None),
        ("/relative", None, None),
        ("\udcff", "https://example.com/", None),
    ],
)
def test_normalise(url, base, normalised):
    assert normalise(url, base) == normalised


def test_the_fragment_stays_when_asked_for():
    assert normalise("#x", "https://example.com/a", with_fragment=True) == "https://example.com/a#x"


@pytest.mark.parametrize(
    ("url", "stripped"),
    [
        ("https://e.com/?utm_source=x&a=1&gclid=2&b=&fbclid", "https://e.com/?a=1&b="),
        ("https://e.com/?utm_source=x#f", "https://e.com/#f"),
        ("https://e.com/?a=%20&a=2", "https://e.com/?a=%20&a=2"),
        ("https://e.com/#?utm_source=x", "https://e.com/#?utm_source=x"),
        ("https://e.com/", "https://e.com/"),
    ],
)
def test_strip_tracking(url, stripped):
    assert strip_tracking(url) == stripped


def test_hosts_tell_ports_apart_and_schemes_not():
    assert host_of("http://127.0.0.1:8101/") == "127.0.0.1:8101"
    assert host_of("https://Example.com:443/") == host_of("http://example.com/") == "example.com"
    assert host_of("nonsense") == ""
    assert same_site("https://example.com/x", {"example.com"})
    assert not same_site("http://127.0.0.1:8102/", {"127.0.0.1:8101"})


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://a.b.example.co.uk/", "example.co.uk"),
        ("https://shop.webflow.io/", "shop.webflow.io"),
        ("https://me.github.io/", "me.github.io"),
        ("http://localhost:8000/", "localhost"),
        ("http://127.0.0.1:8000/", "127.0.0.1"),
        ("http://[::1]:8000/", "[::1]"),
    ],
)
def test_registrable_domain(url, domain):
    assert registrable_domain(url) == domain


@pytest.mark.parametrize(
    ("host", "twin"),
    [
        ("example.com", "www.example.com"),
        ("www.example.com", "example.com"),
        ("www.example.co.uk", "example.co.uk"),
        ("app.example.com", None),
        ("shop.webflow.io", None),
        ("127.0.0.1", None),
        ("localhost:8000", None),
        ("[::1]", None),
    ],
)
def test_www_twin(host, twin):
    assert www_twin(host) == twin


def test_own_hosts():
    assert own_hosts("https://example.com/a", ["shop.example.com"]) == {
        "example.com",
        "www.example.com",
        "shop.example.com",
    }
