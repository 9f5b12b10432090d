"""The heart: how a site becomes a report. Read in this order and you have followed a scan.

launch.py      1  may it start? → Scan(pending) → a dispatcher is poked on commit (wakeup.py)
dispatch.py       whose turn is it? (fairness.py) → the queue; recovery.py loses none, states.py: every change of state
jobs.py        2  what a queue may call: ids in, no logic (queues.py lists the functions)
runner.py      3  claim → events → complete, partial or failed; keep.py stores what comes
discover/      4  which URL next: frontier, robots.txt, sitemaps
fetch/         5  HTTP behind the egress policy (guard.py) → facts; crawl.py drives both
browser/       6  a leased Chromium behind the proxy → visits
checks/        7  pure: facts and visits → problems; judge.py asks for the site as a whole; engine.py drives 4 to 7 in a
                  loop owned by scanner.py, as politely as manners.py says; fleet.py is what others see of the scanners
findings.py    8  problems → causes
reports/       9  score, summaries, documents
snapshot/         the frozen dataclasses between 5, 6 and 7; events.py those between the engine and its listeners
"""

__version__ = "0.1.0"
