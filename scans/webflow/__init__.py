"""What Webflow says of the sites we scan, and what we tell it to change.

objects     the copy of a site's pages, collections, items, assets and forms
sync        the copy kept up to date, within the API's own limits
inbox       webhooks as they came, publishes, registered webhooks
hooks       a delivery: verified, stored once, handled later and in any order
publishes   a publish → the scan it asks for → what it broke or mended
feed        the copy as the checks see it
"""
