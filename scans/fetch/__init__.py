"""Step 5, fetch: URLs become answers, answers become facts, links become verdicts. No browser, no ORM, no settings.

guard.py       what may be asked at all (`addresses.py`: which addresses are not the public Internet)
client.py      one HTTP client per scan: redirects, limits, deadlines, errors as values
politeness.py  how hard one host may be pressed
parse/         HTML to `PageFacts`
targets.py     every link and asset asked once (`verdicts.py`: what an answer means)
"""
