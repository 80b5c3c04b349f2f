"""Something that answers for a model right now: a ready instance, or a remote endpoint."""

import msgspec

from stellarchat.core.launch import Address
from stellarchat.engines._openai_http.dialect import Dialect
from stellarchat.engines._openai_http.upstream import Dial


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where requests for `model` go.

    `upstream_model` is the name it has there, `prefix` what stands before OpenAI's paths (an endpoint's
    own base URL holds it already). `slots` is how many replies it writes at once (None: not
    ours to limit), `context_length` the tokens of one of them. `run_id` is None for a remote endpoint;
    `instance` names either for the record. `dial` opens the sockets, where the address is a person's.
    """

    model: str
    upstream_model: str
    engine: str
    dialect: Dialect
    address: Address
    instance: str
    prefix: str = "/v1"
    run_id: str | None = None
    slots: int | None = None
    context_length: int | None = None
    capabilities: tuple[str, ...] = ()
    dial: Dial | None = None
