"""Webflow, seen from outside: the edge of this product towards its API.

provider.py    “Continue with Webflow”, with urls.py and views.py as allauth looks for them
tokens.py      OAuth: the address to send a person to, a code for a token, a token given back
client.py      the Data API, one method per endpoint; wire.py under it carries the bytes and keeps the rules
shapes.py      what comes back, as frozen dataclasses; content.py those of the CMS, assets and forms
changes.py     what a fix sends
errors.py      what can go wrong, each with a sentence for people
budget.py      how often a token may ask; shared_budget.py is the same for several processes
signature.py   is this webhook Webflow's?
"""
