"""What Webflow says of the sites we scan, and what we tell it to change.

objects     the copy of a site's pages, collections, items, assets and forms
listing     which sites the connections reach, asked once an hour
sync        the objects of changed sites read, within the API's own limits; copies says what is kept of each kind
reach       what a workspace sees of all that
watching    a site of Webflow's becomes one of ours, and Webflow is asked to tell us of changes
inbox       webhooks as they came, publishes, registered webhooks
hooks       a delivery: verified, stored once, handled later and in any order
publishes   a publish → the scan it asks for → what it broke or mended
feed        the copy as the checks see it

targets     finding → the object of Webflow it is about, and the way to it
proposals   which field may be changed, what to write there; pure
offers      the same for one finding, as Webflow is now
fixes       a change made, written down, taken back; fixing is its row, values how a field is read and written
publishing  a page, an item or the whole site goes live
checking    what became of a fix: who published it, what the check says
"""
