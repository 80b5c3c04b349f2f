"""Which files of a repository an engine needs: one form of the weights, and what belongs to it."""

import re
from collections.abc import Sequence

from stellarchat.core.errors import NotFound
from stellarchat.services.catalog.hub import RepoFile

_SHARD = r"-\d{5}-of-\d{5}"
# the first that a repository has is taken: each is the same weights in another form
_FORMS = (
    re.compile(rf"model({_SHARD})?\.safetensors"),
    re.compile(r"(?!consolidated|adapter|training|optimizer|scheduler)[^/]+\.safetensors"),
    re.compile(r"consolidated[^/]*\.safetensors"),
    re.compile(rf"pytorch_model({_SHARD})?\.bin"),
)
_INDEX = re.compile(r"(.+)\.(safetensors|bin)\.index\.json")
_BESIDE = re.compile(r"[^/]+\.(json|txt|model|jinja|tiktoken|spm|bpe|py|vocab)")
# folders of sentence-transformers, as `1_Pooling`, with layers of their own; templates of transformers
_FOLDER = re.compile(r"(\d+_[A-Za-z]+|additional_chat_templates)/[^/]+\.(json|safetensors|jinja)")
_USELESS = re.compile(r"(trainer_state|training_args|all_results|eval_results|train_results)\.json|README.*")


def needed(files: Sequence[RepoFile], repo: str) -> tuple[RepoFile, ...]:
    """Return what an engine needs of a repository, small files first.

    Safetensors rather than pickles; no second form of the same weights. Raises NotFound where the
    repository has no weights that could be run from a folder.
    """
    weights: list[RepoFile] = []
    for form in _FORMS:
        weights = [one for one in files if form.fullmatch(one.file)]
        if weights:
            break
    if not weights:
        gguf = [one.file for one in files if one.file.lower().endswith(".gguf")]
        raise NotFound(
            f"{repo} has no safetensors.",
            param="hf_repo",
            remedy=f"It has GGUF files: name one, as {gguf[0]}." if gguf else "Name another repository.",
            sentence="repo_no_safetensors",
            values={"repo": repo},
        )
    ending = weights[0].file.rsplit(".", 1)[1]
    beside = [one for one in files if _belongs(one.file, ending)]
    chosen = {one.file: one for one in (*beside, *weights)}
    return tuple(sorted(chosen.values(), key=lambda one: (one.size, one.file)))


def _belongs(file: str, ending: str) -> bool:
    index = _INDEX.fullmatch(file)
    if index is not None:
        return index[2] == ending and "/" not in file
    if _USELESS.fullmatch(file):
        return False
    return _BESIDE.fullmatch(file) is not None or _FOLDER.fullmatch(file) is not None
