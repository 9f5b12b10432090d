"""Step 4, discover: which pages are there, which of them are scanned, and why the others are not.

urls.py      what a URL, a host and a site are
frontier.py  which URL next (pure; `traps.py`: URLs that go on for ever)
robots.py    what the host forbids
sitemap.py   what the host lists
probes.py    questions asked of the host beside its pages
"""
