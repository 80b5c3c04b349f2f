"""Files as parts of messages."""

from collections.abc import Sequence

from stellarchat.core.errors import NotFound
from stellarchat.core.files import Attachment
from stellarchat.core.messages import FilePart, Part
from stellarchat.store.database import Transaction


async def described(tx: Transaction, user_id: str, parts: Sequence[Part]) -> list[Part]:
    """Return parts with all that is known of the files they name. Raises NotFound for another's file."""
    named = [part.id for part in parts if isinstance(part, FilePart)]
    if not named:
        return list(parts)
    known = await tx.attachments.many(user_id, named)
    done: list[Part] = []
    for part in parts:
        if not isinstance(part, FilePart):
            done.append(part)
            continue
        found = known.get(part.id)
        if found is None:
            raise NotFound(
                "There is no such file.",
                param="content",
                remedy="Attach it again with POST /api/files.",
                detail=part.id,
                sentence="file_unattached",
            )
        done.append(
            FilePart(
                id=found.id,
                hash=found.hash,
                name=found.name,
                media_type=found.media_type,
                size=found.size,
                width=found.width,
                height=found.height,
                tokens=_read(found, part.pages),
                pages=part.pages,
                total=found.pages,
            )
        )
    return done


def _read(found: Attachment, pages: int | None) -> int:
    """Return about how many tokens are read of so many pages: all are taken to be alike."""
    if pages is None or not found.pages or pages >= found.pages:
        return found.tokens
    return round(found.tokens * pages / found.pages)
