"""All routes of the chat application."""

from stellarchat.api.chats import chats, exports, files, images, imports, replies, sharing, shelves
from stellarchat.api.routes import Routes

router = Routes()
# before the routes of one chat, of which `export` would be an id
router.take(
    exports.router,
    imports.router,
    shelves.router,
    sharing.router,
    chats.router,
    replies.router,
    images.router,
    files.router,
)
