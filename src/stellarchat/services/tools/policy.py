"""Whether a call of a tool waits for a person."""

from stellarchat.core.tools import Policy, Tool, ToolServer


def policy_of(server: ToolServer, tool: Tool) -> Policy:
    """Return what an administrator decided for a tool, as it is now: an `always` of before is an `ask`."""
    if tool.refused is not None:
        return Policy.NEVER
    decided = server.policies.get(tool.name)
    if decided is None:
        return server.policy
    if decided.policy is Policy.ALWAYS and decided.digest != tool.digest:
        return Policy.ASK
    return decided.policy


def changed_since(server: ToolServer, tool: Tool) -> bool:
    """Whether it was allowed for good and is another one since."""
    decided = server.policies.get(tool.name)
    return decided is not None and decided.policy is Policy.ALWAYS and decided.digest != tool.digest
