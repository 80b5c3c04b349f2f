"""How requests to our worker around Transformers differ from the house's own."""

from stellarchat.engines._openai_http.dialect import Body, Dialect


def adapt(body: Body) -> Body:
    """Only thinking has another name: the chat template's variable `enable_thinking`."""
    if "thinking" not in body:
        return body
    adapted = {key: value for key, value in body.items() if key != "thinking"}
    if body["thinking"] is not None:
        variables = dict(adapted.get("chat_template_kwargs") or {})
        adapted["chat_template_kwargs"] = {**variables, "enable_thinking": bool(body["thinking"])}
    return adapted


TRANSFORMERS = Dialect(
    name="transformers",
    adapt=adapt,
    prefill=True,
    slots_path="/slots",
    tokenize_path="/tokenize",
    template_path="/apply-template",
    structured=True,
    rerank_path="/v1/rerank",
    metrics_path="/metrics",
    queue_metric="transformers:requests_waiting",
    cache_metric="transformers:kv_cache_usage_ratio",
)
