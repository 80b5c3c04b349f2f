"""Routes of prompts and personas."""

from typing import Annotated

from fastapi import Depends, Response

from stellarchat.api import deps
from stellarchat.api.limits import Limits
from stellarchat.api.prompts import files, schemas
from stellarchat.api.routes import Routes
from stellarchat.services.prompts.personas import Personas
from stellarchat.services.prompts.prompts import Prompts

router = Routes(prefix="/api", tags=["prompts"])

User = Annotated[str, Depends(deps.user)]
PromptsDep = Annotated[Prompts, Depends(deps.prompts)]
PersonasDep = Annotated[Personas, Depends(deps.personas)]
LimitsDep = Annotated[Limits, Depends(deps.limits)]


@router.get("/prompts")
async def list_prompts(user: User, prompts: PromptsDep) -> schemas.PromptList:
    """List the caller's own prompts and those shared with everybody, by name."""
    return schemas.PromptList(items=[schemas.Prompt.of(one, user) for one in await prompts.list(user)])


@router.post("/prompts", status_code=201)
async def add_prompt(user: User, prompts: PromptsDep, body: schemas.NewPrompt) -> schemas.Prompt:
    """Keep a prompt; its name and command are its owner's only once."""
    return schemas.Prompt.of(await prompts.add(user, body.given()), user)


@router.get("/prompts/export")
async def export_prompts(user: User, prompts: PromptsDep, response: Response) -> files.PromptExport:
    """Return the caller's own prompts as a file."""
    response.headers["content-disposition"] = 'attachment; filename="stellarchat-prompts.json"'
    own = [files.ExportedPrompt.model_validate(one) for one in await prompts.own(user)]
    return files.PromptExport(prompts=own)


@router.post("/prompts/import")
async def import_prompts(
    user: User, prompts: PromptsDep, body: files.AnyPromptFile
) -> files.ImportReport[schemas.Prompt]:
    """Keep the prompts of an exported file, or of Open WebUI's; where a name is taken a number is added."""
    inside, refused = files.read(
        files.PromptInFile, body.prompts if isinstance(body, files.PromptFile) else body
    )
    done = await prompts.imported(user, [one.written() for one in inside])
    shown = [schemas.Prompt.of(one, user) for one in done.added]
    return files.ImportReport[schemas.Prompt].of(done, refused, shown)


@router.get("/prompts/{prompt_id}")
async def read_prompt(user: User, prompts: PromptsDep, prompt_id: str) -> schemas.Prompt:
    """Return one."""
    return schemas.Prompt.of(await prompts.get(user, prompt_id), user)


@router.patch("/prompts/{prompt_id}")
async def change_prompt(
    user: User, prompts: PromptsDep, prompt_id: str, body: schemas.PromptChange
) -> schemas.Prompt:
    """Change what the body names."""
    return schemas.Prompt.of(await prompts.change(user, prompt_id, body.given()), user)


@router.delete("/prompts/{prompt_id}", status_code=204)
async def delete_prompt(user: User, prompts: PromptsDep, prompt_id: str) -> None:
    """Remove one for good."""
    await prompts.delete(user, prompt_id)


@router.get("/personas")
async def list_personas(user: User, personas: PersonasDep) -> schemas.PersonaList:
    """List the caller's own personas and those shared with everybody, by name."""
    return schemas.PersonaList(items=[schemas.Persona.of(one, user) for one in await personas.list(user)])


@router.post("/personas", status_code=201)
async def add_persona(
    user: User, personas: PersonasDep, limits: LimitsDep, body: schemas.NewPersona
) -> schemas.Persona:
    """Keep a persona; its name is its owner's only once."""
    return schemas.Persona.of(await personas.add(user, body.given(limits)), user)


@router.get("/personas/export")
async def export_personas(user: User, personas: PersonasDep, response: Response) -> files.PersonaExport:
    """Return the caller's own personas as a file."""
    response.headers["content-disposition"] = 'attachment; filename="stellarchat-personas.json"'
    own = [files.ExportedPersona.model_validate(one) for one in await personas.own(user)]
    return files.PersonaExport(personas=own)


@router.post("/personas/import")
async def import_personas(
    user: User, personas: PersonasDep, limits: LimitsDep, body: files.PersonaFile
) -> files.ImportReport[schemas.Persona]:
    """Keep the personas of an exported file; where a name is taken a number is added."""
    inside, refused = files.read(files.PersonaInFile, body.personas)
    done = await personas.imported(user, [one.written(limits) for one in inside])
    shown = [schemas.Persona.of(one, user) for one in done.added]
    return files.ImportReport[schemas.Persona].of(done, refused, shown)


@router.get("/personas/{persona_id}")
async def read_persona(user: User, personas: PersonasDep, persona_id: str) -> schemas.Persona:
    """Return one."""
    return schemas.Persona.of(await personas.get(user, persona_id), user)


@router.patch("/personas/{persona_id}")
async def change_persona(
    user: User, personas: PersonasDep, limits: LimitsDep, persona_id: str, body: schemas.PersonaChange
) -> schemas.Persona:
    """Change what the body names; chats that have it stay as they are."""
    return schemas.Persona.of(await personas.change(user, persona_id, body.given(limits)), user)


@router.delete("/personas/{persona_id}", status_code=204)
async def delete_persona(user: User, personas: PersonasDep, persona_id: str) -> None:
    """Remove one for good; chats that have it stay as they are."""
    await personas.delete(user, persona_id)
