"""vLLM's parsers by model family.

Read in the registries of 0.9.2, 0.10.0 to 0.10.2, 0.11.2, 0.12.0 to 0.15.0, 0.18.0 and 0.32.0: a release
given here is the first of these that has the parser.
"""

from stellarchat.engines._paged.families import Family

FAMILIES = (
    Family("qwen3-?coder", "qwen3_coder", (0, 10, 0)),
    Family("qwen3-[5-9](?!b)|qwen3-next.*think", "qwen3_coder", (0, 10, 0), "qwen3"),
    Family("qwq|qwen3", "hermes", reasoning="qwen3"),
    Family("qwen2|qwen-?2|hermes", "hermes"),
    Family("deepseek-v3-2|deepseek-v32", "deepseek_v32", (0, 15, 0), "deepseek_v3", (0, 12, 0)),
    Family("deepseek-v3-1|deepseek-v31", "deepseek_v31", (0, 10, 2), "deepseek_v3", (0, 12, 0)),
    Family("deepseek-r1", "deepseek_v3", reasoning="deepseek_r1"),
    Family("deepseek-v3", "deepseek_v3"),
    Family("llama-?4", "llama4_pythonic"),
    Family("llama-?3-[1-9]|llama-3", "llama3_json"),
    Family("magistral", "mistral", reasoning="mistral", reasoning_since=(0, 10, 0)),
    Family("mistral|mixtral|ministral|devstral", "mistral"),
    Family("glm-?4-7|glm-?5", "glm47", (0, 15, 0), "glm45", (0, 10, 1)),
    Family("glm-?4-[56]|glm4-moe", "glm45", (0, 10, 1), "glm45", (0, 10, 1)),
    Family("gpt-?oss", "openai", (0, 10, 2), "openai_gptoss", (0, 12, 0)),
    Family("kimi-k2", "kimi_k2", (0, 10, 0), "kimi_k2", (0, 12, 0)),
    Family("minimax-m2", "minimax_m2", (0, 12, 0), "minimax_m2", (0, 12, 0)),
    Family("granite-?4", "granite4", (0, 18, 0)),
    Family("granite", "granite", reasoning="granite"),
    Family("phi-?4-mini", "phi4_mini_json"),
    Family("internlm", "internlm"),
    Family("hunyuan", "hunyuan_a13b", (0, 10, 0), "hunyuan_a13b", (0, 10, 0)),
    Family("seed-oss", "seed_oss", (0, 10, 2), "seed_oss", (0, 12, 0)),
    Family("olmo-?3", "olmo3", (0, 15, 0), "olmo3", (0, 12, 0)),
    Family("step-?3-5", "step3p5", (0, 18, 0), "step3p5", (0, 18, 0)),
    Family("step-?3", "step3", (0, 10, 1), "step3", (0, 10, 1)),
    Family("functiongemma", "functiongemma", (0, 15, 0)),
    Family("gemma-?4", "gemma4", (0, 32, 0), "gemma4", (0, 32, 0)),
    Family("jamba", "jamba"),
    Family("xlam", "xlam"),
)
