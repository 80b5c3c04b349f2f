"""Invitations, for administrators."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Response, status

from stellarchat.api import deps
from stellarchat.api.accounts.login import ReceptionDep
from stellarchat.api.accounts.schemas import InvitationShown, MadeInvitation, NewInvitation
from stellarchat.api.routes import Routes

router = Routes(prefix="/api/invitations", tags=["accounts"])

Admin = Annotated[str, Depends(deps.admin)]


@router.get("")
async def list_invitations(admin: Admin, found: ReceptionDep) -> list[InvitationShown]:
    """All invitations, newest first, those that were used too."""
    return [InvitationShown.model_validate(one) for one in await found.invitations.list()]


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_invitation(
    body: NewInvitation, admin: Admin, response: Response, found: ReceptionDep
) -> MadeInvitation:
    """Make an invitation for one person. What its link ends with is shown this once."""
    lasts = timedelta(hours=body.expires_in_hours)
    made, secret = await found.invitations.create(admin, body.role, lasts, body.note)
    found.accounts.tell("invitation.created", None, admin, role=made.role, note=made.note)
    shown = InvitationShown.model_validate(made).model_dump()
    response.headers["cache-control"] = "no-store"
    # behind the #, so that it is in no log of a server
    return MadeInvitation(**shown, secret=secret, path=f"/signup#{secret}")


@router.delete("/{invitation_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_invitation(invitation_id: str, admin: Admin, found: ReceptionDep) -> None:
    """Take an invitation back."""
    await found.invitations.delete(invitation_id)
    found.accounts.tell("invitation.deleted", None, admin, invitation_id=invitation_id)
