"""Invite → mail with a token → accept. A token works once, for seven days, and for the person it was written to."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.acting import Acting, Refused
from accounts.audit import record
from accounts.mail import send_later
from accounts.models import Invitation, Membership, Role, User, Workspace
from accounts.models.invitations import LIFETIME

MOST_OPEN = 50
MOST_A_DAY = 100  # our mail server is nobody's loudspeaker
RESEND_AFTER = timedelta(minutes=1)
INVITABLE = (Role.ADMIN, Role.MEMBER, Role.VIEWER, Role.CLIENT)  # ownership is handed over, never mailed


def invite(workspace: Workspace, email: str, role: Role, by: Acting) -> Invitation | Refused:
    """Who was invited before and has not answered gets a fresh mail with the role asked for now."""
    email = email.strip().lower()
    if Membership.objects.filter(workspace=workspace, user__email__iexact=email).exists():
        return Refused(f"{email} is in this workspace already. Change the role in the list instead.")
    if limit := _limit(workspace):
        return Refused(limit)
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        invitation = workspace.invitations.open().filter(email=email).first() or Invitation(
            workspace=workspace, email=email
        )
        invitation.role, invitation.invited_by = role, by.person
        _send(invitation)
        record(workspace, "member.invited", actor=by.person, target=email, ip=by.ip, role=role)
    return invitation


def resend(invitation: Invitation, by: Acting) -> Refused | None:
    """A fresh token and seven more days; the link of the earlier mail stops working."""
    if invitation.accepted_at or invitation.revoked_at:
        return Refused("This invitation is no longer open. Invite the person again.")
    if timezone.now() - invitation.sent_at < RESEND_AFTER:
        return Refused("The mail was sent a moment ago. Give it a minute, and look into the spam folder.")
    if limit := _limit(invitation.workspace, more_open=0):
        return Refused(limit)
    with transaction.atomic():
        _send(invitation)
        record(invitation.workspace, "invitation.resent", actor=by.person, target=invitation.email, ip=by.ip)
    return None


def revoke(invitation: Invitation, by: Acting) -> Refused | None:
    with transaction.atomic():
        if not Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
            return Refused("This invitation is no longer open: it was accepted or taken back.")
        record(invitation.workspace, "invitation.revoked", actor=by.person, target=invitation.email, ip=by.ip)
    return None


def accept(invitation: Invitation, by: Acting) -> Membership | Refused:
    """The person joins. Who is in the workspace already keeps their role."""
    if not is_for(invitation, by.person):
        return Refused(f"This invitation is for {invitation.email}.")
    with transaction.atomic():
        if not Invitation.objects.valid().filter(pk=invitation.pk).update(accepted_at=timezone.now()):
            return Refused("This invitation was used, taken back, or is too old.")
        membership, joined = Membership.objects.get_or_create(
            workspace=invitation.workspace, user=by.person, defaults={"role": invitation.role}
        )
        _confirm(by.person, invitation.email)
        if joined:
            workspace, email = invitation.workspace, by.person.email
            record(workspace, "member.joined", actor=by.person, target=email, ip=by.ip, role=invitation.role)
    return membership


def is_for(invitation: Invitation, person: User) -> bool:
    """Whether the address is the person's: confirmed, or the one they signed up with. Who holds the token read the
    mail that went there, which confirms it."""
    if person.email.lower() == invitation.email:
        return True
    return bool(EmailAddress.objects.filter(user=person, email__iexact=invitation.email, verified=True).exists())


def _confirm(person: User, email: str) -> None:
    address = EmailAddress.objects.filter(user=person, email__iexact=email, verified=False).first()
    if address:
        address.set_verified(commit=True)


def _limit(workspace: Workspace, more_open: int = 1) -> str:
    """Why no further mail goes out now; empty when one may."""
    if workspace.invitations.open().count() + more_open > MOST_OPEN:
        return f"{MOST_OPEN} invitations are open. Take back those that nobody answers, then invite more people."
    day = workspace.audit_events.filter(
        action__in=("member.invited", "invitation.resent"), created_at__gt=timezone.now() - timedelta(days=1)
    )
    return f"{MOST_A_DAY} invitations were sent today. Go on tomorrow." if day.count() >= MOST_A_DAY else ""


def _send(invitation: Invitation) -> None:
    token = invitation.renew()
    invitation.save()
    inviter = invitation.invited_by
    context = {
        "inviter": inviter.short_name if inviter else "Somebody",
        "workspace": invitation.workspace.name,
        "role": Role(invitation.role).label.lower(),
        "link": settings.BASE_URL.rstrip("/") + reverse("invitation_open", args=[token]),
        "days": LIFETIME.days,
        "email": invitation.email,
    }
    send_later("invitation", [invitation.email], context)
