"""SGLang's parsers by model family.

Read in 0.4.6, 0.5.3, 0.5.6, 0.5.9, 0.5.12 and 0.5.23: a release given here is the first of these that has
the parser. From 0.5.12 on SGLang finds other families' parsers by itself (`auto`).
"""

from stellarchat.engines._paged.families import Family

AUTO_SINCE = (0, 5, 12)

FAMILIES = (
    Family("qwen3-?coder", "qwen3_coder", (0, 5, 3)),
    Family("qwen3-[5-9](?!b)|qwen3-next.*think", "qwen3_coder", (0, 5, 3), "qwen3", (0, 5, 3)),
    Family("qwen3.*thinking", "qwen25", reasoning="qwen3-thinking", reasoning_since=(0, 5, 3)),
    Family("qwq|qwen3", "qwen25", reasoning="qwen3", reasoning_since=(0, 5, 3)),
    Family("qwen2|qwen-?2", "qwen25"),
    Family("hermes", "hermes", (0, 5, 9)),
    Family("deepseek-v3-2|deepseek-v32", "deepseekv32", (0, 5, 6), "deepseek-v3", (0, 5, 3)),
    Family("deepseek-v3-1|deepseek-v31", "deepseekv31", (0, 5, 3), "deepseek-v3", (0, 5, 3)),
    Family("deepseek-r1", "deepseekv3", (0, 5, 3), "deepseek-r1"),
    Family("deepseek-v3", "deepseekv3", (0, 5, 3)),
    Family("llama-?4", "pythonic", (0, 5, 3)),
    Family("llama-?3", "llama3"),
    Family("magistral", "mistral", reasoning="mistral", reasoning_since=(0, 5, 12)),
    Family("mistral|mixtral|ministral|devstral", "mistral"),
    Family("glm-?4-7|glm-?5", "glm47", (0, 5, 9), "glm45", (0, 5, 3)),
    Family("glm-?4-[56]|glm4-moe", "glm45", (0, 5, 3), "glm45", (0, 5, 3)),
    Family("gpt-?oss", "gpt-oss", (0, 5, 3), "gpt-oss", (0, 5, 3)),
    Family("kimi-k2", "kimi_k2", (0, 5, 3), "kimi_k2", (0, 5, 6)),
    Family("minimax-m2", "minimax-m2", (0, 5, 6), "minimax", (0, 5, 6)),
    Family("step-?3-5", "step3p5", (0, 5, 9), "step3p5", (0, 5, 9)),
    Family("step-?3", "step3", (0, 5, 3), "step3", (0, 5, 3)),
    Family("hunyuan", "hunyuan", (0, 5, 12), "hunyuan", (0, 5, 12)),
    Family("gemma-?4", "gemma4", (0, 5, 12), "gemma4", (0, 5, 12)),
    Family("lfm2", "lfm2", (0, 5, 9)),
)
