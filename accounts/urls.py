"""Where people look after their workspaces."""

from django.urls import path

from accounts.views import joining, members, privacy, workspaces

urlpatterns = [
    path("workspaces/add/", workspaces.add, name="workspace_add"),
    path("workspaces/<uuid:workspace_id>/switch/", workspaces.switch, name="workspace_switch"),
    path("workspaces/<uuid:workspace_id>/settings/", workspaces.settings, name="workspace_settings"),
    path("workspaces/<uuid:workspace_id>/delete/", workspaces.delete, name="workspace_delete"),
    path("workspaces/<uuid:workspace_id>/take-back/", privacy.take_back, name="workspace_take_back"),
    path("workspaces/<uuid:workspace_id>/export/", privacy.export_workspace, name="workspace_export"),
    path("exports/<uuid:export_id>/", privacy.download, name="export_download"),
    path("account/privacy/", privacy.account, name="account_privacy"),
    path("account/export/", privacy.export_account, name="account_export"),
    path("account/delete/", privacy.delete_account, name="account_delete"),
    path("workspaces/<uuid:workspace_id>/activity/", workspaces.activity, name="activity"),
    path("workspaces/<uuid:workspace_id>/members/", members.people, name="members"),
    path("workspaces/<uuid:workspace_id>/invite/", members.invite, name="invite"),
    path("workspaces/<uuid:workspace_id>/leave/", members.leave, name="workspace_leave"),
    path("members/<uuid:membership_id>/role/", members.change_role, name="member_role"),
    path("members/<uuid:membership_id>/remove/", members.remove, name="member_remove"),
    path("members/<uuid:membership_id>/hand-over/", members.hand_over, name="workspace_hand_over"),
    path("invitations/<uuid:invitation_id>/resend/", members.resend, name="invitation_resend"),
    path("invitations/<uuid:invitation_id>/revoke/", members.revoke, name="invitation_revoke"),
    path("join/", joining.invitation, name="invitation"),
    path("join/<str:token>/", joining.open_link, name="invitation_open"),
]
