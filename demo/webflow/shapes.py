"""Words the account as the Data API does."""

from __future__ import annotations

from datetime import datetime

from demo.webflow.state import (
    Account,
    Asset,
    Collection,
    Domain,
    Form,
    Grant,
    Item,
    Json,
    Page,
    Site,
    Submission,
    Webhook,
)


def stamp(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def problem(code: str, message: str) -> Json:
    return {"code": code, "message": message, "externalReference": None, "details": []}


def introspection(account: Account, grant: Grant) -> Json:
    where = {
        "siteIds": list(grant.site_ids),
        "workspaceIds": [account.workspace_id] if grant.whole_workspace else [],
        "userIds": [account.user_id],
    }
    return {
        "authorization": {
            "id": grant.id,
            "createdOn": stamp(grant.created_on),
            "lastUsed": stamp(grant.last_used),
            "grantType": "authorization_code",
            "rateLimit": account.switches.rate_limit,
            "scope": ",".join(grant.scopes),
            "authorizedTo": where,
        },
        "application": {
            "id": account.app.client_id[:24],
            "description": "Website QA",
            "homepage": "https://example.com",
            "displayName": account.app.name,
        },
    }


def person(account: Account) -> Json:
    return {"id": account.user_id, "email": "robin@studio.example", "firstName": "Robin", "lastName": "Vale"}


def domain(site: Site, each: Domain) -> Json:
    shown = site.published.get(each.id)
    return {"id": each.id, "url": each.host, "lastPublished": stamp(shown.at if shown else None)}


def site(each: Site, base: str) -> Json:
    primary = {
        "id": each.locale_id,
        "cmsLocaleId": each.cms_locale_id,
        "enabled": True,
        "displayName": "English",
        "displayImageId": None,
        "redirect": False,
        "subdirectory": "",
        "tag": "en",
    }
    return {
        "id": each.id,
        "workspaceId": each.workspace_id,
        "createdOn": "2026-03-02T09:00:00.000Z",
        "displayName": each.name,
        "shortName": each.short_name,
        "lastPublished": stamp(each.last_published),
        "lastUpdated": stamp(each.last_updated),
        "previewUrl": f"{base}/previews/{each.id}.png",
        "timeZone": "Europe/Berlin",
        "parentFolderId": None,
        "customDomains": [domain(each, one) for one in each.domains],
        "locales": {"primary": primary, "secondary": []},
        "dataCollectionEnabled": False,
        "dataCollectionType": "disabled",
    }


def page(each: Page, home: Site) -> Json:
    return {
        "id": each.id,
        "siteId": each.site_id,
        "title": each.title,
        "slug": each.slug,
        "parentId": each.parent_id,
        "collectionId": each.collection_id,
        "createdOn": stamp(each.created_on),
        "lastUpdated": stamp(each.last_updated),
        "archived": each.archived,
        "draft": each.draft,
        "canBranch": False,
        "isBranch": each.is_branch,
        "branchId": None,
        "seo": {"title": each.seo_title, "description": each.seo_description},
        "openGraph": {
            "title": each.seo_title if each.og_title_copied else each.og_title,
            "titleCopied": each.og_title_copied,
            "description": each.seo_description if each.og_description_copied else each.og_description,
            "descriptionCopied": each.og_description_copied,
        },
        "localeId": home.locale_id,
        "publishedPath": each.path,
    }


def collection(each: Collection, fields: bool) -> Json:
    told = {
        "id": each.id,
        "displayName": each.name,
        "singularName": each.singular,
        "slug": each.slug,
        "createdOn": "2026-03-02T09:00:00.000Z",
        "lastUpdated": stamp(each.last_updated),
    }
    return told | ({"fields": each.fields} if fields else {})


def item(each: Item, home: Site, live: bool = False) -> Json:
    return {
        "id": each.id,
        "cmsLocaleId": home.cms_locale_id,
        "lastPublished": stamp(each.last_published),
        "lastUpdated": stamp(each.last_updated),
        "createdOn": stamp(each.created_on),
        "isArchived": each.archived,
        "isDraft": each.draft,
        "fieldData": each.live if live and each.live is not None else each.fields,
    }


def asset(each: Asset, base: str) -> Json:
    url = f"{base}/{each.site_id}/{each.id}_{each.name}"
    return {
        "id": each.id,
        "contentType": each.content_type,
        "size": len(each.data),
        "siteId": each.site_id,
        "hostedUrl": url,
        "originalFileName": each.name,
        "displayName": each.name,
        "lastUpdated": stamp(each.last_updated),
        "createdOn": "2026-03-02T09:00:00.000Z",
        "variants": [],
        "altText": each.alt,
        "folderId": None,
    }


def form(each: Form, home: Site) -> Json:
    return {
        "id": each.id,
        "displayName": each.name,
        "siteId": each.site_id,
        "siteDomainId": home.domains[0].id if home.domains else "",
        "pageId": each.page_id,
        "pageName": home.pages[each.page_id].title if each.page_id in home.pages else "",
        "formElementId": each.element_id,
        "workspaceId": home.workspace_id,
        "createdOn": "2026-03-02T09:00:00.000Z",
        "lastUpdated": "2026-03-02T09:00:00.000Z",
        "fields": each.fields,
        "responseSettings": {
            "redirectUrl": each.redirect_url,
            "redirectMethod": "GET",
            "redirectAction": "",
            "sendEmailConfirmation": True,
        },
    }


def submission(each: Submission, of: Form, home: Site) -> Json:
    return {
        "id": each.id,
        "displayName": of.name,
        "siteId": home.id,
        "workspaceId": home.workspace_id,
        "dateSubmitted": stamp(each.on),
        "formResponse": each.answers,
        "formId": of.id,
        "formElementId": of.element_id,
        "localeId": home.locale_id,
    }


def webhook(each: Webhook, home: Site) -> Json:
    return {
        "id": each.id,
        "triggerType": each.trigger,
        "url": each.url,
        "workspaceId": home.workspace_id,
        "siteId": each.site_id,
        "filter": each.filter,
        "lastTriggered": stamp(each.last_triggered),
        "createdOn": stamp(each.created_on),
    }
