"""A stand-in for Webflow on this machine: an account with sites to connect, edit, publish and scan.

state.py       the account: sites, pages, items, assets, forms, grants; staged and published apart
sample.py      the account `make run` shows; big.py makes large ones
publishing.py  what changes, goes live and is told by webhook; hooks.py signs, sends and repeats
oauth.py       permission page, token, revocation
api.py         the Data API: guard.py checks tokens, scopes and rates, cms.py and sites.py answer, shapes.py words it
hosting.py     the published sites, each on two ports; pages.py renders them
designer.py    a small page per site to edit and publish by hand
control.py     switches for tests: faults, limits, time
server.py      StandIn, which starts all of it in a thread
"""
