"""All routes of the chat application."""

from fastapi import APIRouter

from stellarchat.api.chats import chats, images, replies

router = APIRouter()
router.include_router(chats.router)
router.include_router(replies.router)
router.include_router(images.router)
