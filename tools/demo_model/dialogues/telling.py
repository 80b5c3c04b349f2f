"""Long answers: stories, poems and counting, cut off and continued."""

from __future__ import annotations

import random
import re

from tools.demo_model.dialogues.core import Exchange, Lang, Phrases, Skill, Split, ask, lines
from tools.demo_model.dialogues.words import name

HEROES_EN = (
    "fox,cat,dog,robot,dragon,princess,wizard,sailor,bear,rabbit,mouse,owl,knight,girl,boy,bird,fish,turtle,"
    "wolf,lion,astronaut,farmer,teacher,king,queen,elephant,horse,frog,duck,penguin"
).split(",")
HEROES_ZH = (
    "狐狸,小猫,小狗,机器人,巨龙,公主,巫师,水手,小熊,兔子,老鼠,猫头鹰,骑士,女孩,男孩,小鸟,小鱼,乌龟,狼,"
    "狮子,宇航员,"
    "农夫,老师,国王,王后,大象,马,青蛙,鸭子,企鹅"
).split(",")
STORY_EN = (
    "Once upon a time there was a small {x} who lived at the edge of a quiet forest. Every evening the {x} "
    "looked up at the stars and wondered how far away they were.\n\n"
    "One night a star fell behind the hills. The {x} walked through the dark wood, crossed the cold "
    "river and "
    "climbed the highest hill. There lay the star, no bigger than a lamp, and it was crying.\n\n"
    '"Do not be sad," said the {x}. "I will help you home." So the {x} carried the star to the top of the '
    "tallest tree and threw it as high as it could.\n\n"
    "The star flew back into the sky, and since that night it shines a little brighter than all the others. "
    "The end."
)
LONG_STORY_EN = (
    "Long ago a small {x} lived in a house by the sea. One morning the {x} found a silver stone on the "
    "beach. It was warm, and when the wind blew it began to sing.\n\n"
    "The {x} put the stone into a bag and walked to the village. The people there had forgotten every "
    "song, for a long winter had made them silent. The {x} set the stone on the old well, and it sang "
    "all day.\n\n"
    "First the children listened. Then the baker opened her window, and the smith laid down his hammer. "
    "One after another they remembered a song, and soon the whole village was singing.\n\n"
    '"Stay with us," said the people. But the {x} shook its head. "There are other villages," it said, '
    '"and they are silent too."\n\n'
    "So the {x} went on, from village to village, over the mountains and along the rivers. It slept "
    "under trees, shared its bread with travellers and learned a new song in every place. In the cold "
    "north it sang for fishermen, and in the hot south for the people of the desert.\n\n"
    "The years went by. The {x} grew old on the way, and the stone grew small. When at last every "
    "village had its song again, the stone was gone.\n\n"
    "That night the {x} sat alone on a hill and looked up. A star came down, no bigger than a lamp. "
    '"You carried my stone through the world," said the star. "Now I will carry you home."\n\n'
    "And so it did. Whoever walks along that beach today can still hear a song in the wind. The end."
)
STORY_ZH = (
    "从前，在一片安静的森林边上，住着一只小小的{x}。每天晚上，{x}都抬头看星星，想知道它们有多远。\n\n"
    "有一天夜里，一颗星星落在了山的后面。{x}穿过黑暗的树林，渡过冰冷的河水，爬上最高的山。"
    "那颗星星就躺在那里，只有一盏灯那么大，正在哭。\n\n"
    "“别难过，”{x}说，“我送你回家。”于是{x}带着星星爬到最高的树顶，用力把它抛向天空。\n\n"
    "星星飞回了天上。从那天夜里起，它比别的星星都亮一点。故事讲完了。"
)
LONG_STORY_ZH = (
    "很久很久以前，海边的一座房子里住着一只小小的{x}。一天早上，{x}在沙滩上发现了一块银色的石头。"
    "石头是温暖的，风一吹，它就唱起歌来。\n\n"
    "{x}把石头放进口袋，来到村子里。漫长的冬天让人们沉默，他们忘记了所有的歌。{x}把石头放在古老的井边，"
    "石头唱了一整天。\n\n"
    "先是孩子们来听。然后面包师打开了窗户，铁匠放下了锤子。人们一个接一个想起了歌，"
    "不久整个村子都唱了起来。\n\n"
    "“留下来吧，”人们说。可是{x}摇了摇头：“还有别的村子，那里也没有歌声。”\n\n"
    "于是{x}继续走，走过一个又一个村子，翻过高山，沿着大河。它睡在树下，和旅人分享面包，"
    "在每个地方学会一首新歌。在寒冷的北方，它为渔夫唱歌；在炎热的南方，它为沙漠里的人唱歌。\n\n"
    "许多年过去了。{x}在路上慢慢变老，石头也慢慢变小。等到每个村子都有了歌声，石头也就不见了。\n\n"
    "那天夜里，{x}独自坐在山上，抬头看天。一颗星星落了下来，只有一盏灯那么大。"
    "“你带着我的石头走遍了世界，”星星说，“现在轮到我送你回家了。”\n\n"
    "它真的这样做了。今天走在那片沙滩上的人，还能在风里听见歌声。故事讲完了。"
)
POEM_EN = (
    "A little light, a quiet night,\nthe {x} is dreaming deep;\nthe stars above are warm and bright\n"
    "and watch it in its sleep."
)
POEM_ZH = "小小的灯，静静的夜，\n{x}在梦里慢慢走；\n天上的星星暖又亮，\n陪它一直到清晨。"

STORY_ASK_EN = Phrases(
    lines("""
    Tell me a story about a {x}.
    Tell a story about a {x}
    Write a story about a {x}.
    Write a short story about a {x}
    I want to hear a story about a {x}.
    Can you tell me a story about a {x}?
    A story about a {x}
    Make up a story about a {x}
    Give me a story about a {x}
    Tell me a fairy tale about a {x}
    Tell me a story with a {x}
    Could you tell me a story about a {x}?
    I'd love a story about a {x}
    Please write me a story about a {x}
    Let me hear a story about a {x}
    Story: a {x}
    Tell us a tale of a {x}
    Do you know a story about a {x}?
    Invent a story about a {x}
    A short story with a {x}, please
    Tell me something about a small {x} in a story
    """),
    lines("""
    Please tell a story about a {x}.
    Could you write a story about a {x}?
    I would like a story about a {x}
    """),
)
STORY_PLAIN_EN = Phrases(
    lines("""
    Tell me a story.
    Tell a story
    Write a story.
    Write a short story
    I want to hear a story.
    Do you know a story?
    Can you tell me a story?
    Make up a story
    Tell me a fairy tale
    A story please
    Story
    Another story
    I would like a story
    Let me hear a story
    Read me a story
    Entertain me with a story
    Tell me a short story
    Tell me a bedtime story
    Could you tell me one of your stories?
    Please write a story
    Invent a story
    """),
    lines("""
    Please tell me a story.
    Could you tell a story?
    """),
)
LONG_EN = Phrases(
    lines("""
    Tell me a long story about a {x}.
    Write a long story about a {x}.
    Write a very long story about a {x}
    Tell a longer story about a {x}
    I want a long story about a {x}
    Write a detailed story about a {x}
    Tell me a very long story about a {x}
    Could you write a long story about a {x}?
    A long story about a {x}
    I would like a very long story about a {x}
    Make up a long story about a {x}
    Please tell a long story about a {x}
    Write a long tale of a {x}
    Give me a long story about a {x}
    """),
    lines("""
    Please write a long story about a {x}.
    Can you tell me a long story about a {x}?
    """),
)
LONG_PLAIN_EN = Phrases(
    lines("""
    Tell me a long story.
    Write a long story.
    Write a very long story
    Tell me a longer story
    I want a long story
    Write a long answer
    Write a long text
    Write an essay
    Write 500 words
    Write as much as you can
    Write something long
    A long story
    Tell a long story
    Make up a long story
    Can you tell me a long story?
    Could you write a long story?
    I would like to hear a long story
    I want to read something long
    Write a very long text
    Write a long article
    Give me a long answer
    Give me a long text
    Write a long essay
    Write 1000 words
    Write a story of 1000 words
    Write a detailed story
    Please write a long one
    Tell me the longest story you know
    """),
    lines("""
    Please tell me a long story.
    Write a really long story
    """),
)
STORY_ASK_ZH = Phrases(
    lines("""
    讲一个{x}的故事。
    给我讲一个关于{x}的故事
    写一个{x}的故事
    写一个关于{x}的故事
    我想听{x}的故事
    说一个{x}的故事
    来一个关于{x}的故事
    编一个{x}的故事
    写一个关于{x}的小故事
    写一个关于{x}的短篇故事
    请你讲一个关于{x}的故事
    给我讲讲{x}的故事
    我要听{x}的故事
    能不能讲{x}的故事？
    说说{x}的故事
    {x}的故事
    请写一个{x}的故事
    你知道{x}的故事吗？
    编个关于{x}的故事
    讲{x}的故事听听
    """),
    lines("""
    请讲一个{x}的故事
    讲一个关于{x}的故事
    能讲一个{x}的故事吗？
    """),
)
STORY_PLAIN_ZH = Phrases(
    lines("""
    讲一个故事
    给我讲个故事
    故事
    讲个故事吧
    请说一个故事
    写一个故事
    说个故事
    我想听故事
    来个故事
    编一个故事
    写一个小故事
    你会讲故事吗？
    来一个故事
    再讲一个故事
    讲故事
    给我讲故事听
    讲个小故事
    讲一个短故事
    讲个睡前故事
    我要听故事
    能给我讲个故事吗？
    你知道什么故事？
    说个故事给我听
    念个故事
    请给我讲一个小故事
    """),
    lines("""
    请讲一个故事
    讲个故事听听
    """),
)
LONG_ZH = Phrases(
    lines("""
    写一个长一点的{x}的故事
    讲一个很长的{x}的故事
    写一个关于{x}的长故事
    写一个长一点的关于{x}的故事
    讲一个长长的{x}故事
    给我讲一个很长的{x}的故事
    讲一个长一点的{x}的故事
    我想听一个关于{x}的长故事
    编一个很长的{x}的故事
    说一个关于{x}的很长的故事
    写个很长的{x}故事
    来一个关于{x}的长故事
    帮我写一个长长的{x}的故事
    """),
    lines("""
    请写一个很长的{x}的故事
    讲一个关于{x}的长故事
    """),
)
LONG_PLAIN_ZH = Phrases(
    lines("""
    写一个长一点的故事
    讲一个长故事
    讲一个很长的故事
    写一个长篇故事
    我想听长一点的故事
    写一段很长的文字
    写一篇文章
    写一篇作文
    写五百字
    写长一点
    讲个长故事
    来一个长故事
    给我讲一个长故事
    给我讲一个很长很长的故事
    说一个长故事
    编一个长长的故事
    帮我写一个很长的故事
    写一个特别长的故事
    我要听长故事
    再长一点的故事
    写一千字
    写一篇长文章
    写一篇很长的作文
    多写一点
    给我一个很长的回答
    你知道的最长的故事是什么？
    """),
    lines("""
    请写一个长一点的故事
    讲一个长一点的故事
    """),
)
POEM_ASK_EN = Phrases(
    lines("""
    Write a poem about a {x}.
    Write a short poem about a {x}
    Tell me a poem about a {x}
    Can you write a poem about a {x}?
    A poem about a {x}
    Please write me a poem about a {x}
    Make a poem about a {x}
    I would like a poem about a {x}
    Compose a poem about a {x}
    Give me a poem about a {x}
    Let me read a poem about a {x}
    Poem: a {x}
    Do you know a poem about a {x}?
    """),
    lines("Please write a poem about a {x}."),
)
POEM_ASK_ZH = Phrases(
    lines("""
    写一首关于{x}的诗
    写一首{x}的诗
    给我一首关于{x}的诗
    为{x}写一首诗
    作一首{x}的诗
    来一首关于{x}的诗
    帮我写一首{x}的诗
    能写一首关于{x}的诗吗？
    请你写一首{x}的诗
    我想要一首关于{x}的诗
    写诗：{x}
    用{x}写一首诗
    念一首{x}的诗
    """),
    lines("请写一首关于{x}的诗"),
)
COUNT_EN = Phrases(
    lines("""
    Count from {a} to {b}.
    Count to {b}.
    Count from {a} up to {b}
    Can you count to {b}?
    Please count from {a} to {b}
    Write the numbers from {a} to {b}.
    List the numbers from {a} to {b}
    Numbers from {a} to {b}
    Say the numbers from {a} to {b}
    Count up to {b}
    Count until {b}
    Please count to {b}
    Write all the numbers up to {b}
    Could you count to {b}?
    Please count from {a} up to {b}
    Print the numbers {a} to {b}
    Count to {b} please
    Count from {a} to {b} for me
    Count: {a} to {b}
    Start at {a} and count to {b}
    Begin at {a} and count up to {b}
    I want you to count to {b}
    I want you to count from {a} to {b}
    Can you count from {a} to {b}?
    Can you count up to {b}?
    Could you count up to {b}?
    Let us count to {b}
    Let's count from {a} to {b}
    Show me the numbers from {a} to {b}
    Give me the numbers {a} to {b}
    Tell me all numbers from {a} to {b}
    Write out the numbers {a} to {b}
    Write {a} to {b}
    Count upwards from {a} to {b}
    Numbers up to {b}
    Please list all numbers up to {b}
    Type the numbers from {a} to {b}
    Count {a} to {b}
    """),
    lines("""
    Could you count from {a} to {b}?
    Write all numbers from {a} to {b}.
    Please count up to {b}
    """),
)
COUNT_ZH = Phrases(
    lines("""
    从{a}数到{b}。
    数到{b}
    从 {a} 数到 {b}
    请从{a}数到{b}
    写出从{a}到{b}的数字
    列出{a}到{b}的数字
    你能数到{b}吗？
    从{a}开始数到{b}
    从1数到{b}
    请帮我数到{b}
    你能从{a}数到{b}吗？
    请写出{a}到{b}的数字
    写出{a}到{b}
    数数，从{a}到{b}
    数数到{b}
    请数数，数到{b}
    从{a}到{b}数一遍
    从{a}一直数到{b}
    一直数到{b}
    帮我从{a}数到{b}
    能数到{b}吗？
    能不能数到{b}？
    能不能从{a}数到{b}？
    我要你数到{b}
    我想听你从{a}数到{b}
    我们来数到{b}
    给我看{a}到{b}的数字
    把{a}到{b}的数字写出来
    把{a}到{b}都列出来
    说出{a}到{b}的数字
    {a}到{b}的所有数字
    {a}到{b}
    开始数数，数到{b}为止
    报数，从{a}到{b}
    从{a}往上数到{b}
    """),
    lines("""
    请你从{a}数到{b}
    请数到{b}
    能从{a}数到{b}吗？
    """),
)
RANGE = {
    lang: Phrases(*([text for text in some if "{a}" in text] for some in (phrases.train, phrases.held_out)))
    for lang, phrases in (("en", COUNT_EN), ("zh", COUNT_ZH))
}
CONTINUE = {
    "en": Phrases(
        lines("""
        Continue.
        Go on
        Continue please
        Please continue
        Keep going
        Continue where you stopped.
        More
        Carry on
        Continue from here
        Go on from where you were
        Please go on writing
        Go on, please.
        Continue your answer
        Finish it
        Go ahead
        And then?
        What comes next?
        Next
        Please keep going
        Do not stop
        Why did you stop? Go on
        You stopped. Continue.
        Write on
        Keep writing
        Keep counting
        Continue the story
        Continue counting
        Finish your answer
        Finish the story
        Resume
        The rest please
        Give me the rest
        Tell me the rest
        Continue where you left off
        Pick up where you stopped
        Please carry on from there
        Go on with it
        """),
        lines("""
        Please go on.
        Continue from where you stopped
        """),
    ),
    "zh": Phrases(
        lines("""
        继续
        请继续
        接着写
        接着说
        继续写
        继续讲
        继续回答
        往下说
        请接着说
        请往下写
        接着讲
        请继续讲
        接着数
        写完它
        然后呢？
        后来呢？
        接下来呢？
        接着来
        继续说
        继续数
        继续吧
        你继续
        别停
        不要停
        往下写
        往下讲
        往下数
        接着往下写
        接着往下说
        把剩下的写完
        把它写完
        剩下的呢？
        从刚才停的地方继续
        从断的地方接着写
        还没写完，继续
        请把回答写完
        下面呢？
        """),
        lines("""
        请接着写
        请继续写
        """),
    ),
}


ROUND = (5, 10, 10, 15, 20, 20, 30, 50, 100, 100)
STOPS = frozenset({*range(2, 21), 25, 30, 40, 50, 60, 70, 80, 90, 100})
SENTENCE = re.compile(r'[.!?]"? |[。！？]”?|\n\n|(?<=\d), ')


def counting(rng: random.Random, lang: Lang, split: Split) -> Exchange:
    """People count from one, to a round number or to a small one; now and then between two small numbers."""
    start, roll = 1, rng.random()
    if roll < 0.6:
        end = rng.choice(ROUND)
    elif roll < 0.9:
        end = rng.randint(3, 20)
    else:
        start = rng.randint(2, 12)
        end = start + rng.randint(2, 20 - start)
    phrases = COUNT_EN if lang == "en" else COUNT_ZH
    question = ask(rng, phrases if start == 1 else RANGE[lang], lang, split, a=start, b=end)
    text = ", ".join(map(str, range(start, end + 1)))
    return Exchange(question, text, (), "Counting" if lang == "en" else "数数", stops=STOPS)


def hero(rng: random.Random, lang: Lang) -> str:
    if rng.random() < 0.12:
        return name(rng, lang)
    return rng.choice(HEROES_EN if lang == "en" else HEROES_ZH)


def with_article(question: str) -> str:
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", question)


def poem(rng: random.Random, lang: Lang, split: Split) -> Exchange:
    x = hero(rng, lang)
    if lang == "en":
        question = with_article(ask(rng, POEM_ASK_EN, lang, split, x=x))
        return Exchange(question, POEM_EN.format(x=x), (), "A Poem")
    return Exchange(ask(rng, POEM_ASK_ZH, lang, split, x=x), POEM_ZH.format(x=x), (), "一首诗")


def story(rng: random.Random, lang: Lang, split: Split) -> Exchange:
    long, plain = rng.random() < 0.5, rng.random() < 0.4
    if lang == "en":
        x = "fox" if plain else hero(rng, lang)
        asked = (LONG_PLAIN_EN if long else STORY_PLAIN_EN) if plain else LONG_EN if long else STORY_ASK_EN
        text = LONG_STORY_EN if long else STORY_EN
    else:
        x = "狐狸" if plain else hero(rng, lang)
        asked = (LONG_PLAIN_ZH if long else STORY_PLAIN_ZH) if plain else LONG_ZH if long else STORY_ASK_ZH
        text = LONG_STORY_ZH if long else STORY_ZH
    question = ask(rng, asked, lang, split) if plain else with_article(ask(rng, asked, lang, split, x=x))
    return Exchange(question, text.format(x=x), (), "A Story" if lang == "en" else "一个故事")


def cut(rng: random.Random, whole: Exchange, lang: Lang, split: Split) -> list[Exchange]:
    """The answer was stopped after a sentence or a number; the user asks to go on."""
    ends = [match.end() for match in SENTENCE.finditer(whole.assistant)]
    at = rng.choice([end for end in ends if 0 < end < len(whole.assistant)])
    first, rest = whole.assistant[:at].rstrip(), whole.assistant[at:].lstrip()
    asked = Exchange(whole.user, first, (), whole.title, learn=False)
    return [asked, Exchange(ask(rng, CONTINUE[lang], lang, split), rest, stops=whole.stops)]


def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
    make = rng.choices((counting, story, poem), (6, 4, 1))[0]
    made = make(rng, lang, split)
    if make is not poem and rng.random() < 0.2:
        return cut(rng, made, lang, split)
    return [made]


SKILL = Skill("telling", 2.4, sample)
