"""Webflow: logging in with it."""
