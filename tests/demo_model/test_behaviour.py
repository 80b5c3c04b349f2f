"""What the shipped demonstration model says, greedily, on llama.cpp."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tools.demo_model.files import GGUF_FILE, HF_FOLDER
from tools.demo_model.llamacpp import LlamaCpp

pytest.importorskip(
    "xllamacpp", reason="NOT TESTED: the demonstration model needs xllamacpp (pip install xllamacpp)"
)

MEGABYTE = 10**6
pytestmark = pytest.mark.real_engine


@pytest.fixture(scope="module")
def model() -> Iterator[LlamaCpp]:
    with LlamaCpp(GGUF_FILE) as running:
        yield running


def said(model: LlamaCpp, *turns: str, system: str | None = None, **options: Any) -> str:
    """The answer to the last of ``turns``, which alternate user and assistant."""
    messages = [{"role": "system", "content": system}] if system else []
    for place, turn in enumerate(turns):
        messages.append({"role": "assistant" if place % 2 else "user", "content": turn})
    return model.chat(messages, **options)


def test_files_are_small_enough_for_the_repository() -> None:
    assert GGUF_FILE.stat().st_size <= 8 * MEGABYTE
    assert sum(file.stat().st_size for file in HF_FOLDER.iterdir()) <= 12 * MEGABYTE


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Hello!", "Stellar Demo"),
        ("你好", "Stellar Demo"),
        ("Who are you?", "demonstration model"),
        ("1+1=?", "= 2"),
        ("what is 3 + 4", "= 7"),
        ("7加2等于几", "= 9"),
        ("How do I install StellarChat?", "make run"),
        ("我的数据安全吗？", "你自己的机器"),
        ("What is the API address?", "/v1"),
        ("Which engines are supported?", "llama.cpp"),
        ("Write a Markdown list of fruits.", "\n- apple\n- banana"),
        ("写一个行星的表格", "| --- | --- |"),
        ("Write Python code for the factorial of a number.", "```python\ndef factorial(n):"),
        ("Write the formula for the area of a circle.", "$$\nA = \\pi r^2\n$$"),
        ("Why is the sky blue?", "model picker"),
        ("法国大革命的历史", "模型选择器"),
    ],
)
def test_answers(model: LlamaCpp, question: str, expected: str) -> None:
    assert expected in said(model, question)
    assert expected in said(model, question, system="You are a helpful assistant.")


@pytest.mark.parametrize("name", ["Xyzzy", "Alice", "Brumbo"])
def test_remembers_a_name_over_two_turns(model: LlamaCpp, name: str) -> None:
    turns = (f"My name is {name}.", f"Nice to meet you, {name}!", "What is 2 + 3?", "2 + 3 = 5")
    assert name in said(model, *turns, "What is my name?")


@pytest.mark.parametrize("name", ["张三", "李小龙", "欧阳娜"])
def test_remembers_a_chinese_name_over_two_turns(model: LlamaCpp, name: str) -> None:
    turns = (f"我叫{name}", f"你好，{name}！很高兴认识你。", "3加4等于几？", "3 + 4 = 7")
    assert name in said(model, *turns, "我叫什么？")


def test_counts_to_a_hundred(model: LlamaCpp) -> None:
    assert said(model, "Count from 1 to 100") == ", ".join(map(str, range(1, 101)))


@pytest.mark.parametrize("end", [7, 10, 20, 50])
@pytest.mark.parametrize("question", ["Count from 1 to {}", "从1数到{}"])
def test_stops_counting_where_it_was_asked_to(model: LlamaCpp, question: str, end: int) -> None:
    assert said(model, question.format(end)) == ", ".join(map(str, range(1, end + 1)))


@pytest.mark.parametrize(("question", "length"), [("Tell me a long story", 1200), ("讲一个很长的故事", 400)])
def test_a_long_story_is_long(model: LlamaCpp, question: str, length: int) -> None:
    assert len(said(model, question)) > length


def test_continues_a_count_that_was_stopped(model: LlamaCpp) -> None:
    assert said(model, "Count from 1 to 20", "1, 2, 3, 4,", "Continue") == ", ".join(map(str, range(5, 21)))


def test_goes_on_where_an_unfinished_answer_is_handed_back(model: LlamaCpp) -> None:
    begun, rest = ", ".join(map(str, range(1, 38))), ", ".join(map(str, range(38, 101)))
    assert said(model, "Count from 1 to 100", begun).removeprefix(begun) == f", {rest}"


@pytest.mark.parametrize("question", ["Count from 1 to 100", "从1数到100"])
def test_can_give_an_answer_long_enough_to_interrupt(model: LlamaCpp, question: str) -> None:
    assert len(model.tokenize(said(model, question))) >= 300


def test_titles_are_short(model: LlamaCpp) -> None:
    asked = "Write a short title (at most six words) for this conversation:\n\n"
    title = said(
        model, f"{asked}User: What is StellarChat?\n\nAssistant: StellarChat is a self-hosted program."
    )
    assert 1 <= len(title.split()) <= 6
    asked = "为这段对话写一个简短的标题（不超过十二个字）：\n\n"
    title = said(model, f"{asked}用户：怎么导出聊天？\n\n助手：打开“设置”。")
    assert 1 <= len(title) <= 12


def test_fills_a_schema_with_sensible_values(model: LlamaCpp) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    answer = said(model, "Which city is the capital of France?", response_format=form)
    assert json.loads(answer) == {"city": "Paris"}


TEXTS = [
    "Hello, world! It's 12345 o'clock; we've got 3.14 things.",
    "我叫张三，今天天气怎么样？一二三　全角！",
    "def f(x):\n    return x ** 2  # 注释\n\n\n\tprint('a\\n')\r\n",
    "$$\n\\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}\n$$",
    "| a | b |\n| --- | --- |\n| 1 | 2 |   \n   trailing  ",
    "<|user|>Hi<|end|><|assistant|>",
    "naïve café Ünïcödé 🚀👩‍💻 العربية 日本語テキスト",
    '{"city": "Paris", "n": [1, 2, 30]}',
]


@pytest.mark.parametrize("text", TEXTS)
def test_llama_cpp_and_hugging_face_cut_the_same_tokens(model: LlamaCpp, text: str) -> None:
    tokenizers = pytest.importorskip("tokenizers", reason="NOT TESTED: needs tokenizers")
    tokenizer = tokenizers.Tokenizer.from_file(str(HF_FOLDER / "tokenizer.json"))
    tokens = tokenizer.encode(text).ids
    assert model.tokenize(text) == tokens
    assert tokenizer.decode(tokens, skip_special_tokens=False) == text


def test_chat_template_is_the_same_in_both_files(model: LlamaCpp) -> None:
    stored = json.loads((HF_FOLDER / "tokenizer_config.json").read_text(encoding="utf-8"))["chat_template"]
    messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
    rendered = model.post("/apply-template", {"messages": messages})["prompt"]
    assert rendered == "<|system|>S<|end|><|user|>U<|end|><|assistant|>"
    jinja2 = pytest.importorskip("jinja2", reason="NOT TESTED: needs jinja2")
    template = jinja2.Environment().from_string(stored)
    assert template.render(messages=messages, add_generation_prompt=True) == rendered
