"""Markdown on request: lists, tables, Python code, formulas and a diagram, for a few topics each."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tools.demo_model.dialogues.core import Exchange, Lang, Phrases, Skill, Split, ask, lines

LISTS_EN = {
    "fruits": "apple banana cherry orange pear",
    "colours": "red blue green yellow white",
    "planets": "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune",
    "animals": "cat dog horse lion rabbit",
    "vegetables": "carrot potato tomato onion cabbage",
    "programming languages": "Python JavaScript Rust Go C",
    "seasons": "spring summer autumn winter",
    "days of the week": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "engines": "llama.cpp Transformers vLLM SGLang Ollama",
    "countries": "China France Japan Brazil Kenya",
    "drinks": "water tea coffee milk juice",
}
LISTS_ZH = {
    "水果": "苹果 香蕉 樱桃 橙子 梨",
    "颜色": "红色 蓝色 绿色 黄色 白色",
    "行星": "水星 金星 地球 火星 木星 土星 天王星 海王星",
    "动物": "猫 狗 马 狮子 兔子",
    "蔬菜": "胡萝卜 土豆 番茄 洋葱 白菜",
    "编程语言": "Python JavaScript Rust Go C",
    "季节": "春天 夏天 秋天 冬天",
    "星期": "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
    "推理引擎": "llama.cpp Transformers vLLM SGLang Ollama",
    "国家": "中国 法国 日本 巴西 肯尼亚",
    "饮料": "水 茶 咖啡 牛奶 果汁",
}
TABLES_EN = {
    "planets": ("Planet|Place", "Mercury|1;Venus|2;Earth|3;Mars|4;Jupiter|5"),
    "fruits and colours": ("Fruit|Colour", "Apple|red;Banana|yellow;Pear|green;Orange|orange"),
    "countries and capitals": ("Country|Capital", "China|Beijing;France|Paris;Japan|Tokyo;Kenya|Nairobi"),
    "engines": ("Engine|Runs on", "llama.cpp|CPU and GPU;Transformers|CPU and GPU;vLLM|GPU;SGLang|GPU"),
    "animals and sounds": ("Animal|Sound", "Cat|meow;Dog|woof;Cow|moo;Duck|quack"),
    "square numbers": ("Number|Square", "1|1;2|4;3|9;4|16;5|25"),
    "programming languages": (
        "Language|Used for",
        "Python|data;JavaScript|the web;Rust|systems;SQL|databases",
    ),
}
TABLES_ZH = {
    "行星": ("行星|位置", "水星|1;金星|2;地球|3;火星|4;木星|5"),
    "水果和颜色": ("水果|颜色", "苹果|红色;香蕉|黄色;梨|绿色;橙子|橙色"),
    "国家和首都": ("国家|首都", "中国|北京;法国|巴黎;日本|东京;肯尼亚|内罗毕"),
    "推理引擎": ("引擎|运行于", "llama.cpp|CPU 和 GPU;Transformers|CPU 和 GPU;vLLM|GPU;SGLang|GPU"),
    "动物和叫声": ("动物|叫声", "猫|喵;狗|汪;牛|哞;鸭|嘎"),
    "平方数": ("数|平方", "1|1;2|4;3|9;4|16;5|25"),
    "编程语言": ("语言|用途", "Python|数据;JavaScript|网页;Rust|系统;SQL|数据库"),
}
CODE = {
    ("a hello world program", "你好世界程序"): 'print("Hello, world!")',
    ("the factorial of a number", "阶乘"): (
        "def factorial(n):\n    result = 1\n    for i in range(2, n + 1):\n        result *= i\n    "
        "return result"
    ),
    ("the Fibonacci numbers", "斐波那契数列"): (
        "def fibonacci(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a"
    ),
    ("reversing a string", "反转字符串"): "def reverse(text):\n    return text[::-1]",
    ("checking for a prime number", "判断质数"): (
        "def is_prime(n):\n    if n < 2:\n        return False\n    for d in range(2, int(n**0.5) + 1):\n"
        "        if n % d == 0:\n            return False\n    return True"
    ),
    ("the sum of a list", "列表求和"): (
        "def total(numbers):\n    result = 0\n    for number in numbers:\n        result += number\n"
        "    return result"
    ),
    ("reading a file", "读取文件"): (
        'from pathlib import Path\n\ntext = Path("notes.txt").read_text(encoding="utf-8")\nprint(text)'
    ),
    ("sorting a list", "列表排序"): "numbers = [3, 1, 2]\nnumbers.sort()\nprint(numbers)",
    ("bubble sort", "冒泡排序"): (
        "def bubble_sort(items):\n    for end in range(len(items) - 1, 0, -1):\n        for i in "
        "range(end):\n"
        "            if items[i] > items[i + 1]:\n                items[i], items[i + 1] = items[i + 1], "
        "items[i]\n"
        "    return items"
    ),
    ("adding two numbers", "两数相加"): "def add(a, b):\n    return a + b",
    ("counting words", "统计单词"): "def count_words(text):\n    return len(text.split())",
    ("fizz buzz", "FizzBuzz"): (
        'for n in range(1, 16):\n    if n % 15 == 0:\n        print("FizzBuzz")\n    elif n % 3 == 0:\n'
        '        print("Fizz")\n    elif n % 5 == 0:\n        print("Buzz")\n    else:\n        print(n)'
    ),
}
FORMULAS = {
    ("the quadratic formula", "求根公式"): r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}",
    ("the theorem of Pythagoras", "勾股定理"): "a^2 + b^2 = c^2",
    ("Euler's identity", "欧拉恒等式"): r"e^{i\pi} + 1 = 0",
    ("the area of a circle", "圆的面积"): r"A = \pi r^2",
    ("mass and energy", "质能方程"): "E = mc^2",
    ("the sum of the first n numbers", "前 n 个数的和"): r"\sum_{k=1}^{n} k = \frac{n(n+1)}{2}",
    ("the derivative", "导数"): r"f'(x) = \lim_{h \to 0} \frac{f(x+h) - f(x)}{h}",
    ("the Gaussian integral", "高斯积分"): r"\int_{-\infty}^{\infty} e^{-x^2} \, dx = \sqrt{\pi}",
    ("the binomial theorem", "二项式定理"): r"(a+b)^n = \sum_{k=0}^{n} \binom{n}{k} a^{n-k} b^k",
    ("softmax", "softmax"): r"p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}",
}
DIAGRAM = "```mermaid\nflowchart LR\n    A[{}] --> B[StellarChat]\n    B --> C[{}]\n    C --> D[{}]\n```"


@dataclass(frozen=True)
class Request:
    """How something is asked for, with a topic and without one, and the sentence before the answer."""

    topic: Phrases
    plain: Phrases
    intro: str
    title: str


LIST_EN = Request(
    Phrases(
        lines("""
        Write a Markdown list of {x}.
        Make a list of {x}.
        List some {x}.
        Give me a list of {x}.
        Give me a bullet list of {x}.
        List the {x}
        Show me a list of {x}
        Can you list some {x}?
        Write a bulleted list of {x}
        I need a list of {x}.
        Name some {x}.
        Name a few {x}
        Write {x} as a Markdown list
        Create a list of {x}
        Bullet points of {x}
        """),
        lines("""
        Please write a list of {x}.
        Can you make a list of {x}?
        Show {x} as a bullet list.
        Write down a list of {x}
        """),
    ),
    Phrases(
        lines("""
        Write a Markdown list.
        Make a list.
        Give me a bullet list
        Show me a list
        Write a list
        Show a Markdown list
        An example of a list
        """),
        lines("Write me a bullet list."),
    ),
    "Here is a list of {x}:",
    "A List",
)
LIST_ZH = Request(
    Phrases(
        lines("""
        写一个{x}的列表。
        列出一些{x}。
        列一个{x}清单。
        给我一个{x}列表
        用 Markdown 列出{x}
        用列表写出{x}
        写一个关于{x}的 Markdown 列表
        列举几种{x}
        说几个{x}
        有哪些{x}？
        给出{x}的列表
        做一个{x}列表
        请列出{x}
        """),
        lines("""
        写一个{x}列表
        请列出一些{x}
        用 Markdown 写一个{x}列表
        """),
    ),
    Phrases(
        lines("""
        写一个列表
        写一个 Markdown 列表
        给我一个列表
        列一个清单
        来一个列表
        展示一个列表
        """),
        lines("请写一个列表"),
    ),
    "下面是{x}的列表：",
    "列表",
)
TABLE_EN = Request(
    Phrases(
        lines("""
        Write a Markdown table of {x}.
        Make a table of {x}.
        Give me a table of {x}.
        Show me a table of {x}
        Create a table with {x}.
        Can you make a table of {x}?
        Put {x} in a table
        I need a table of {x}
        Draw a table of {x}
        Table of {x}
        Write {x} as a table
        Make a Markdown table of {x}
        Table with {x}
        """),
        lines("""
        Please write a table of {x}.
        Show {x} as a table.
        Make a Markdown table with {x}
        """),
    ),
    Phrases(
        lines("""
        Write a Markdown table.
        Make a table
        Show me a table
        Give me a table
        Show a Markdown table
        An example of a table
        """),
        lines("Please make a table."),
    ),
    "Here is a table of {x}:",
    "A Table",
)
TABLE_ZH = Request(
    Phrases(
        lines("""
        写一个{x}的表格。
        做一个{x}表格
        给我一个{x}的表格
        用表格列出{x}
        用 Markdown 表格写出{x}
        画一个{x}的表格
        制作{x}的表格
        写一个关于{x}的 Markdown 表格
        把{x}做成表格
        请用表格展示{x}
        """),
        lines("""
        请写一个{x}的表格
        用表格的形式写{x}
        做一个关于{x}的表格
        """),
    ),
    Phrases(
        lines("""
        写一个表格
        写一个 Markdown 表格
        给我一个表格
        做一个表格
        来一个表格
        展示一个表格
        """),
        lines("请做一个表格"),
    ),
    "下面是{x}的表格：",
    "表格",
)
CODE_EN = Request(
    Phrases(
        lines("""
        Write Python code for {x}.
        Write a Python function for {x}.
        Show me Python code for {x}.
        Give me Python code for {x}
        Python code for {x}
        How do I do {x} in Python?
        Can you write {x} in Python?
        Program {x} in Python.
        Write a program for {x}
        Code for {x}
        Implement {x} in Python
        I need code for {x}
        Write code for {x}
        """),
        lines("""
        Please write Python code for {x}.
        Show me how to code {x} in Python.
        Can you show Python code for {x}?
        """),
    ),
    Phrases(
        lines("""
        Write some Python code.
        Show me Python code
        Write code
        Write a Python program
        Give me a code block
        Show a Python example
        Write a function
        Can you code?
        """),
        lines("Please write some code."),
    ),
    "Here is Python code for {x}:",
    "Python Code",
)
CODE_ZH = Request(
    Phrases(
        lines("""
        用 Python 写{x}
        写一段{x}的 Python 代码
        写一个{x}的 Python 函数
        给我{x}的代码
        {x}的 Python 代码
        怎么用 Python 实现{x}？
        用 Python 实现{x}
        编写一个{x}的 Python 函数
        用 Python 做{x}
        请编写{x}的 Python 代码
        用 Python 语言写{x}
        写一个{x}的程序
        编写{x}代码
        请写{x}的代码
        """),
        lines("""
        请用 Python 写{x}
        用 Python 编写{x}
        给我一段{x}的 Python 代码
        """),
    ),
    Phrases(
        lines("""
        写一段 Python 代码
        写点代码
        写一段代码
        写一个 Python 程序
        给我一段代码
        写一个函数
        你会写代码吗？
        """),
        lines("请写一段代码"),
    ),
    "下面是{x}的 Python 代码：",
    "Python 代码",
)
FORMULA_EN = Request(
    Phrases(
        lines("""
        Write the formula for {x}.
        Write {x} in LaTeX.
        Show me {x} as a formula.
        What is the formula for {x}?
        Give me the formula of {x}
        LaTeX formula for {x}
        Show {x} in LaTeX
        Write {x} as a LaTeX formula
        I need the formula for {x}
        Formula for {x}
        Can you write {x} in LaTeX?
        """),
        lines("""
        Please write the formula for {x}.
        What's the formula for {x}?
        Show the LaTeX for {x}.
        """),
    ),
    Phrases(
        lines("""
        Write a formula.
        Show me a formula
        Write a LaTeX formula
        Show some LaTeX
        Give me a formula
        Write some mathematics
        """),
        lines("Please show a LaTeX formula."),
    ),
    "Here is the formula for {x}:",
    "A Formula",
)
FORMULA_ZH = Request(
    Phrases(
        lines("""
        写出{x}的公式
        用 LaTeX 写{x}
        {x}的公式是什么？
        给我{x}的公式
        用 LaTeX 写出{x}的公式
        {x}公式
        展示{x}的公式
        {x}怎么写成公式？
        请写出{x}
        """),
        lines("""
        请写出{x}的公式
        用 LaTeX 表示{x}
        告诉我{x}的公式
        """),
    ),
    Phrases(
        lines("""
        写一个公式
        写一个 LaTeX 公式
        给我一个公式
        展示一个公式
        写点数学公式
        来一个公式
        """),
        lines("请写一个公式"),
    ),
    "下面是{x}的公式：",
    "公式",
)
DIAGRAMS = {
    "en": (
        Phrases(
            lines("""
            Draw a diagram.
            Draw a Mermaid diagram
            Draw a flow chart
            Show me a diagram
            Make a flowchart
            Write a Mermaid flowchart
            Can you draw a chart?
            Show how StellarChat works in a diagram
            """),
            lines("""
            Please draw a flowchart.
            Show a Mermaid diagram
            """),
        ),
        "Here is a diagram:\n\n" + DIAGRAM.format("You", "Engine", "Model"),
        "A Diagram",
    ),
    "zh": (
        Phrases(
            lines("""
            画一个图
            画一个流程图
            画一张 Mermaid 图
            给我看一个流程图
            写一个 Mermaid 流程图
            你会画图吗？
            用图说明 StellarChat 怎么工作
            做一个流程图
            """),
            lines("""
            请画一个流程图
            画一张流程图
            """),
        ),
        "下面是一个图：\n\n" + DIAGRAM.format("你", "引擎", "模型"),
        "流程图",
    ),
}


def table(head: str, rows: str) -> str:
    cells = [head.split("|")] + [row.split("|") for row in rows.split(";")]
    written = ["| " + " | ".join(row) + " |" for row in cells]
    written.insert(1, "|" + " --- |" * len(cells[0]))
    return "\n".join(written)


def bodies(kind: str, lang: Lang) -> dict[str, str]:
    """Topic to the block that answers it."""
    side = 0 if lang == "en" else 1
    if kind == "list":
        lists = LISTS_EN if lang == "en" else LISTS_ZH
        return {topic: "\n".join(f"- {item}" for item in items.split()) for topic, items in lists.items()}
    if kind == "table":
        tables = TABLES_EN if lang == "en" else TABLES_ZH
        return {topic: table(*content) for topic, content in tables.items()}
    if kind == "code":
        return {topics[side]: f"```python\n{code}\n```" for topics, code in CODE.items()}
    return {topics[side]: f"$$\n{formula}\n$$" for topics, formula in FORMULAS.items()}


REQUESTS = {
    ("list", "en"): LIST_EN,
    ("list", "zh"): LIST_ZH,
    ("table", "en"): TABLE_EN,
    ("table", "zh"): TABLE_ZH,
    ("code", "en"): CODE_EN,
    ("code", "zh"): CODE_ZH,
    ("formula", "en"): FORMULA_EN,
    ("formula", "zh"): FORMULA_ZH,
}
KINDS = ("list", "table", "code", "formula")
BODIES = {(kind, lang): bodies(kind, lang) for kind in KINDS for lang in ("en", "zh")}


def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
    if rng.random() < 0.04:
        phrases, answer, title = DIAGRAMS[lang]
        return [Exchange(ask(rng, phrases, lang, split), answer, (), title)]
    kind = rng.choice(KINDS)
    request, blocks = REQUESTS[kind, lang], BODIES[kind, lang]
    if rng.random() < 0.12:
        topic = next(iter(blocks))
        question = ask(rng, request.plain, lang, split)
    else:
        topic = rng.choice(list(blocks))
        asked = topic.replace("colour", "color") if rng.random() < 0.5 else topic
        question = ask(rng, request.topic, lang, split, x=asked)
    answer = f"{request.intro.format(x=topic)}\n\n{blocks[topic]}"
    return [Exchange(question, answer, (blocks[topic],), request.title)]


SKILL = Skill("writing", 1.8, sample)
