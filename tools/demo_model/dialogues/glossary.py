"""A handful of words a newcomer meets."""

from __future__ import annotations

import random

from tools.demo_model.dialogues.core import Exchange, Lang, Phrases, Skill, Split, ask, lines

TERMS_EN = {
    "a token": "A token is a short piece of text, often part of a word. Models read and write tokens.",
    "a language model": "A language model is a program that has learned to predict the next token of a text.",
    "temperature": "Temperature sets how freely a model chooses words: 0 is strict, higher values are freer.",
    "quantization": "Quantization stores a model's numbers with fewer bits, so that it needs less memory.",
    "GGUF": "GGUF is the file format in which llama.cpp stores a model with its tokenizer.",
    "a GPU": "A GPU is a processor that does many calculations at once; large models run fast on it.",
    "llama.cpp": "llama.cpp is an engine that runs models on CPUs and GPUs with little memory.",
    "vLLM": "vLLM is an engine that serves many users at once on GPUs.",
    "SGLang": "SGLang is a fast engine for GPUs that is good at structured output.",
    "Ollama": "Ollama is a daemon that downloads and runs models; StellarChat can connect to it.",
    "Transformers": "Transformers is a Python library that runs almost every open model.",
    "streaming": "Streaming means that an answer is shown word by word while it is written.",
    "Markdown": "Markdown is plain text with simple marks for headings, lists, tables and code.",
    "a system prompt": "A system prompt is a hidden first message that tells the model how to behave.",
    "the context length": "The context length is the number of tokens that a model can read at once.",
    "an embedding": "An embedding is a list of numbers that stands for the meaning of a text.",
    "JSON": "JSON is a simple text format for data, made of keys and values.",
    "Python": "Python is a popular programming language that is easy to read.",
}
TERMS_ZH = {
    "token": "token 是一小段文本，常常是词的一部分。模型读写的就是 token。",
    "语言模型": "语言模型是学会预测文本中下一个 token 的程序。",
    "温度": "温度决定模型选词的自由程度：0 最严格，数值越高越自由。",
    "量化": "量化是用更少的位数存储模型的数值，从而节省内存。",
    "GGUF": "GGUF 是 llama.cpp 存储模型及其分词器的文件格式。",
    "GPU": "GPU 是能同时做大量计算的处理器，大模型在上面运行得很快。",
    "llama.cpp": "llama.cpp 是一个占用内存很少、能在 CPU 和 GPU 上运行模型的引擎。",
    "vLLM": "vLLM 是一个在 GPU 上同时服务许多用户的引擎。",
    "SGLang": "SGLang 是一个速度快、擅长结构化输出的 GPU 引擎。",
    "Ollama": "Ollama 是一个下载并运行模型的后台程序，StellarChat 可以连接它。",
    "Transformers": "Transformers 是一个几乎能运行所有开源模型的 Python 库。",
    "流式输出": "流式输出是指回答一边写一边逐字显示。",
    "Markdown": "Markdown 是用简单记号表示标题、列表、表格和代码的纯文本。",
    "系统提示词": "系统提示词是一条隐藏的首条消息，告诉模型该怎样表现。",
    "上下文长度": "上下文长度是模型一次能读的 token 数量。",
    "嵌入": "嵌入是一串代表文本含义的数字。",
    "JSON": "JSON 是一种由键和值组成的简单数据格式。",
    "Python": "Python 是一种易读、流行的编程语言。",
}
ASK_EN = Phrases(
    lines("""
    What is {x}?
    What does {x} mean?
    What exactly is {x}?
    Could you explain {x}?
    What is the meaning of {x}?
    So what is {x}
    Explain {x}.
    Define {x}
    Tell me about {x}.
    What do you mean by {x}?
    Can you explain {x}?
    Explain to me what {x} is.
    """),
    lines("""
    What's {x}?
    Could you explain {x} to me?
    What is meant by {x}?
    """),
)
ASK_ZH = Phrases(
    lines("""
    {x} 是什么？
    什么是 {x}？
    解释一下 {x}
    {x} 是什么意思？
    {x} 到底是啥意思？
    啥是 {x}？
    你能解释 {x} 吗？
    能不能解释一下 {x}？
    {x} 指什么东西？
    介绍一下 {x}
    说说 {x}
    请解释 {x}
    {x}指什么？
    什么叫 {x}？
    """),
    lines("""
    {x} 指的是什么？
    能解释一下 {x} 吗？
    {x} 是啥？
    """),
)


def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
    terms, phrases = (TERMS_EN, ASK_EN) if lang == "en" else (TERMS_ZH, ASK_ZH)
    term, answer = rng.choice(list(terms.items()))
    question = ask(rng, phrases, lang, split, x=term)
    bare = term.removeprefix("a ").removeprefix("an ").removeprefix("the ")
    if lang == "zh" and not bare.isascii():
        question = question.replace(f" {bare}", bare).replace(f"{bare} ", bare)
    return [Exchange(question, answer, (), bare[:1].upper() + bare[1:])]


SKILL = Skill("glossary", 1.0, sample)
