import asyncio
import socket

import pytest

from scans.fetch import guard
from scans.fetch.guard import (
    Policy,
    Refused,
    Resolver,
    Unresolved,
    check_address,
    check_target,
    check_url,
    forbidden_ip,
    resolve,
)

CLOSED = Policy()

REFUSED = [
    # every spelling of an IPv4 address
    ("http://127.0.0.1/", "loopback"),
    ("http://2130706433/", "loopback"),
    ("http://0177.0.0.1/", "loopback"),
    ("http://0x7f.1/", "loopback"),
    ("http://127.1/", "loopback"),
    ("http://127.0.0.1./", "loopback"),
    ("http://0/", "this-network"),
    ("http://①②⑦.⓪.⓪.①/", "loopback"),
    ("http://127。0。0。1/", "loopback"),
    ("http://%31%32%37.0.0.1/", "loopback"),
    ("http://127.0.0.1#@example.com/", "loopback"),
    ("http:10.1.2.3/", "private"),
    ("http:///10.1.2.3", "private"),
    ("http://100.64.0.1/", "shared"),
    ("http://169.254.1.2/", "link-local"),
    ("http://169.254.169.254/latest/", "metadata"),
    ("http://168.63.129.16/", "metadata"),
    ("http://100.100.100.200/", "metadata"),
    ("http://192.0.0.192/", "metadata"),
    ("http://198.18.0.1/", "benchmark"),
    ("http://203.0.113.7/", "documentation"),
    ("http://239.1.1.1/", "multicast"),
    ("http://255.255.255.255/", "reserved"),
    # IPv6 in all forms
    ("http://[::1]/", "loopback"),
    ("http://[::]/", "unspecified"),
    ("http://[::ffff:127.0.0.1]/", "embeds-ipv4"),
    ("http://[::127.0.0.1]/", "embeds-ipv4"),
    ("http://[::ffff:0:10.0.0.1]/", "embeds-ipv4"),
    ("http://[64:ff9b::a00:1]/", "embeds-ipv4"),
    ("http://[64:ff9b:1::a00:1]/", "embeds-ipv4"),
    ("http://[2002:7f00:1::]/", "embeds-ipv4"),
    ("http://[2001:0:1::1]/", "embeds-ipv4"),
    ("http://[fe80::1]/", "link-local"),
    ("http://[fec0::1]/", "site-local"),
    ("http://[fd12::1]/", "private"),
    ("http://[fd00:ec2::254]/", "metadata"),
    ("http://[ff02::1]/", "multicast"),
    ("http://[2001:db8::1]/", "documentation"),
    ("http://[4000::1]/", "reserved"),
    ("http://[fe80::1%25eth0]/", "malformed"),
    # names
    ("http://localhost/", "local-name"),
    ("http://LOCALHOST./", "local-name"),
    ("http://a.localhost/", "local-name"),
    ("http://intranet/", "local-name"),
    ("http://lo\u00adcalhost/", "local-name"),
    ("http://printer.local/", "local-name"),
    ("http://metadata.google.internal/", "local-name"),
    ("http://kubernetes.default.svc/", "local-name"),
    ("http://api.cluster.local/", "local-name"),
    ("http://router.home.arpa/", "local-name"),
    ("http://shop.invalid/", "reserved-name"),
    ("http://a..example.com/", "malformed"),
    # schemes, ports, user names, characters, length
    ("file:///etc/passwd", "scheme"),
    ("view-source:http://www.example.com/", "scheme"),
    ("javascript:alert(1)", "scheme"),
    ("ftp://www.example.com/", "scheme"),
    ("ws://www.example.com/", "scheme"),
    ("http://www.example.com:6379/", "port"),
    ("http://www.example.com:22/", "port"),
    ("http://me:secret@www.example.com/", "userinfo"),
    ("http://www.example.com@10.0.0.1/", "userinfo"),
    ("http://www.example.com\\@10.0.0.1/", "characters"),
    ("http://www.example.com/a b", "characters"),
    ("http://www.exam\tple.com/", "characters"),
    ("http://www.example.com/\r\nHost: x", "characters"),
    ("http://www.example.com/" + "a" * 2048, "too-long"),
    ("http://www.example.com/" + "ä" * 1000, "too-long"),
    ("www.example.com", "malformed"),
    ("", "malformed"),
]


@pytest.mark.parametrize(("url", "reason"), REFUSED)
def test_refuses_with_one_line_for_a_person(url, reason):
    for check in (check_url, check_target):
        with pytest.raises(Refused) as refusal:
            check(url, CLOSED)
        assert refusal.value.reason == reason
        assert str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "normalised"),
    [
        ("https://www.example.com", "https://www.example.com/"),
        ("HTTP://WWW.Example.COM:80/a/../b?q#frag", "http://www.example.com/b?q"),
        ("https://bücher.example.com:8443/", "https://xn--bcher-kva.example.com:8443/"),
        ("http://example.com#@10.0.0.1/", "http://example.com/"),
    ],
)
def test_passes_public_names_normalised(url, normalised):
    assert check_url(url, CLOSED) == normalised


@pytest.mark.parametrize("url", ["http://8.8.8.8/", "http://134744072/", "http://[2606:4700:4700::1111]/"])
def test_public_ip_literals_are_for_pages_to_name_and_not_for_people(url):
    assert check_target(url, CLOSED)
    with pytest.raises(Refused, match="Use the name"):
        check_url(url, CLOSED)


def test_an_opened_pair_is_exactly_that_pair():
    policy = Policy.of(["localhost:8101", "127.0.0.1:9000"])
    assert check_url("http://localhost:8101/a", policy) == "http://localhost:8101/a"
    assert check_url("http://127.0.0.1:9000", policy) == "http://127.0.0.1:9000/"
    for url in ("http://localhost:8102/", "http://127.0.0.1:8101/", "http://localhost/", "http://x.localhost:8101/"):
        with pytest.raises(Refused):
            check_url(url, policy)
    with pytest.raises(Refused, match="user name"):
        check_url("http://me@localhost:8101/", policy)


@pytest.mark.parametrize("text", ["localhost", "http://localhost:1", "a:b", "h:99999", "u@h:80", "h:1/x", ""])
def test_policy_names_what_is_no_pair(text):
    with pytest.raises(ValueError, match="is not host:port"):
        Policy.of([text])


@pytest.mark.parametrize(
    "ip",
    [
        "9.255.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "169.253.255.255",
        "172.15.0.1",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "203.0.112.255",
        "223.255.255.255",
        "2a00:1450::1",
    ],
)
def test_neighbours_of_refused_blocks_are_public(ip):
    assert forbidden_ip(ip) is None


@pytest.mark.parametrize("ip", ["", "x", "1.2.3", "01.2.3.4", "1.2.3.4.5", "fe80::1%eth0", "::ffff:8.8.8.8"])
def test_what_is_no_public_address_is_refused(ip):
    assert forbidden_ip(ip)


def test_a_connected_address_is_judged_by_itself():
    check_address("www.example.com", 443, "93.184.216.34", CLOSED)
    with pytest.raises(Refused, match=r"leads to 10\.0\.0\.1"):
        check_address("www.example.com", 443, "10.0.0.1", CLOSED)
    with pytest.raises(Refused, match="Port 6379"):
        check_address("www.example.com", 6379, "93.184.216.34", CLOSED)
    check_address("app.test", 8000, "10.0.0.1", Policy.of(["app.test:8000"]))


def answering(*answers):
    """A name server that gives these answers in turn, the last one for ever."""
    asked = []

    def getaddrinfo(name, port, **_):
        asked.append(name)
        ips = answers[min(len(asked), len(answers)) - 1]
        if isinstance(ips, Exception):
            raise ips
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

    return getaddrinfo, asked


def test_one_bad_answer_refuses_the_name(monkeypatch):
    getaddrinfo, asked = answering(["93.184.216.34", "10.0.0.1"])
    monkeypatch.setattr(guard.socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        asyncio.run(resolve("www.example.com", 443, CLOSED))
    assert asked == ["www.example.com."], "a final dot keeps search domains out"


def test_rebinding_meets_the_first_answer_again(monkeypatch):
    getaddrinfo, asked = answering(["93.184.216.34"], ["127.0.0.1"])
    monkeypatch.setattr(guard.socket, "getaddrinfo", getaddrinfo)

    async def often():
        resolver = Resolver(CLOSED)
        return await asyncio.gather(*(resolver.resolve("www.example.com", 443) for _ in range(20))), resolver.online

    answers, online = asyncio.run(often())
    assert {ip for answer in answers for _, ip in answer} == {"93.184.216.34"}
    assert len(asked) == 1 and online


def test_failures_are_remembered_too(monkeypatch):
    getaddrinfo, asked = answering(socket.gaierror(-2, "Name or service not known"))
    monkeypatch.setattr(guard.socket, "getaddrinfo", getaddrinfo)

    async def twice():
        resolver = Resolver(CLOSED)
        for _ in range(2):
            with pytest.raises(Unresolved):
                await resolver.resolve("gone.example.com", 443)
        return resolver.online

    assert asyncio.run(twice()) is False
    assert len(asked) == 1


def test_sockets_are_only_opened_to_what_opened_hosts_resolved_to():
    async def resolved():
        resolver = Resolver(Policy.of(["localhost:8101"]))
        with pytest.raises(Refused):
            resolver.check_socket("127.0.0.1", 8101)
        await resolver.resolve("localhost", 8101)
        return resolver

    resolver = asyncio.run(resolved())
    resolver.check_socket("127.0.0.1", 8101)
    assert not resolver.online
    for ip, port in (("127.0.0.1", 8102), ("10.0.0.1", 8101), ("127.0.0.1", 443)):
        with pytest.raises(Refused):
            resolver.check_socket(ip, port)
