"""All routes of the chat application."""

from fastapi import APIRouter

from stellarchat.api.chats import chats, exports, files, images, imports, replies, sharing, shelves

router = APIRouter()
# before the routes of one chat, of which `export` would be an id
router.include_router(exports.router)
router.include_router(imports.router)
router.include_router(shelves.router)
router.include_router(sharing.router)
router.include_router(chats.router)
router.include_router(replies.router)
router.include_router(images.router)
router.include_router(files.router)
