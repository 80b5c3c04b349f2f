"""Everything the model does not know: it says so and points to the model picker."""

from __future__ import annotations

import random

from tools.demo_model.dialogues.core import Exchange, Lang, Phrases, Skill, Split, ask, lines
from tools.demo_model.dialogues.words import odd_word

TOPICS_EN = (
    "the French Revolution,quantum mechanics,photosynthesis,black holes,the Roman Empire,climate change,"
    "the stock market,bitcoin,machine learning,football,the World Cup,chess openings,Shakespeare,Beethoven,"
    "the human heart,vaccines,the moon landing,dinosaurs,the Great Wall,World War II,the Olympic Games,"
    "electric cars,solar panels,volcanoes,earthquakes,the weather in Berlin,the weather today,today's news,"
    "pasta carbonara,a good pizza,sourdough bread,green tea,Italian wine,yoga,running shoes,back pain,"
    "headaches,"
    "a healthy diet,French grammar,Spanish verbs,the piano,the guitar,jazz,modern art,Picasso,Van Gogh,"
    "the Mona Lisa,gravity,electricity,magnets,DNA,evolution,bacteria,the ocean,whales,sharks,bees,gardening,"
    "roses,tomato plants,house prices,taxes,mortgages,insurance,a job interview,a cover letter,my resume,"
    "a wedding speech,a birthday present,a trip to Japan,a holiday in Spain,cheap flights,hotels in London,"
    "my homework,differential equations,linear algebra,prime numbers,the Riemann hypothesis,statistics,"
    "Kubernetes,Docker,Linux,Git,SQL joins,React hooks,C++ templates,Java generics,regular expressions,"
    "neural networks,diffusion models,transformers in electricity,blockchain,the internet,WiFi,smartphones,"
    "the president of France,Albert Einstein,Isaac Newton,Napoleon,Cleopatra,Elon Musk,Taylor Swift,"
    "Harry Potter,"
    "Star Wars,the Lord of the Rings,Netflix,Minecraft,Photoshop,Windows,Microsoft Word,Excel formulas,"
    "Firefox,"
    "cats and dogs,the meaning of life,happiness,love,philosophy,Plato,ethics,religion,dreams,sleep,coffee,"
    "chocolate,sushi,the Eiffel Tower,New York,Shanghai,Mount Everest,Antarctica,the Amazon,the Sahara,"
    "Mars rovers"
).split(",")
TOPICS_ZH = (
    "法国大革命,量子力学,光合作用,黑洞,罗马帝国,气候变化,股票市场,比特币,机器学习,足球,世界杯,围棋,"
    "莎士比亚,贝多芬,心脏,"
    "疫苗,登月,恐龙,长城,第二次世界大战,奥运会,电动汽车,太阳能,火山,地震,北京的天气,今天的天气,"
    "今天的新闻,红烧肉,饺子,"
    "面包,绿茶,葡萄酒,瑜伽,跑步,背痛,头痛,健康饮食,英语语法,法语动词,钢琴,吉他,爵士乐,现代艺术,毕加索,"
    "梵高,蒙娜丽莎,"
    "重力,电,磁铁,基因,进化论,细菌,海洋,鲸鱼,鲨鱼,蜜蜂,园艺,玫瑰,房价,税,贷款,保险,面试,求职信,简历,"
    "婚礼致辞,生日礼物,"
    "日本旅行,去云南旅游,机票,酒店,作业,微分方程,线性代数,质数,统计学,Kubernetes,Docker,Linux,Git,"
    "数据库连接,React,"
    "C++ 模板,正则表达式,神经网络,扩散模型,区块链,互联网,无线网络,手机,法国总统,爱因斯坦,牛顿,拿破仑,"
    "秦始皇,唐朝,李白,"
    "红楼梦,三国演义,西游记,哈利波特,星球大战,电影,Photoshop,Windows,Excel,人生的意义,幸福,爱情,哲学,"
    "孔子,道德,宗教,"
    "梦,睡眠,咖啡,巧克力,寿司,埃菲尔铁塔,纽约,上海,珠穆朗玛峰,南极,亚马逊,撒哈拉"
).split(",")
EN = Phrases(
    lines("""
    What is {x}?
    Explain {x}.
    Tell me about {x}.
    Tell me everything about {x}.
    What do you know about {x}?
    How does {x} work?
    Who invented {x}?
    Why is {x} important?
    What is the history of {x}?
    Give me advice on {x}.
    Help me with {x}.
    I need help with {x}
    Write an essay about {x}.
    Write an email about {x}.
    Write a speech about {x}
    Write an article on {x}.
    Summarize {x}.
    Summarise the history of {x}
    Translate a text about {x}.
    What do you think about {x}?
    What is your opinion on {x}?
    How do I learn {x}?
    How can I get better at {x}?
    Where can I find {x}?
    When did {x} begin?
    How much does {x} cost?
    Compare {x} and {y}.
    What is the difference between {x} and {y}?
    Is {x} better than {y}?
    Which is better, {x} or {y}?
    I have a question about {x}
    I want to know more about {x}.
    Can you explain {x} to a child?
    Give me five facts about {x}.
    Give me ideas for {x}
    What happened to {x}?
    Who is responsible for {x}?
    How do I install {x}?
    How do I cook {x}?
    Recommend a book about {x}.
    What are the advantages of {x}?
    Is it true that {x} is dangerous?
    Search the web for {x}
    Show me a picture of {x}.
    How old is {x}?
    {x}
    {x}?
    I am interested in {x}.
    Let us talk about {x}.
    Discuss {x}
    Describe {x}
    Describe how {x} works
    Why did {x} start?
    Give a talk on {x}.
    Do you know {x}?
    What is special about {x}?
    Can you teach me {x}?
    What is the price of {x}?
    How many people like {x}?
    Tell me more about {x}
    Tell me something about {x}.
    Explain how {x} works.
    Explain {x} and {y} to me
    What can you tell me about {x}?
    What does {x} look like?
    Who discovered {x}?
    Who knows about {x}?
    Where does {x} come from?
    Where is {x}?
    When was {x} made?
    Since when is there {x}?
    Why do people like {x}?
    Why does {x} exist?
    How big is {x}?
    How long does {x} take?
    How dangerous is {x}?
    How do I repair {x}?
    How do I choose {x}?
    Is there anything new about {x}?
    Are you good at {x}?
    Do you like {x}?
    Have you heard of {x}?
    Did you hear about {x}?
    What happens with {x} in the future?
    Make a plan for {x}.
    Write a review of {x}
    Write a report about {x}.
    Write a tweet about {x}
    Give me a summary of {x}.
    Give me a detailed description of {x}
    Give an introduction to {x}
    Give a short talk about {x}
    Lecture me on {x}
    I would like to learn {x}
    I want to understand {x}
    I do not understand {x}
    Explain the beginning of {x}
    How did {x} end?
    How did {x} come about?
    What makes {x} special?
    What is so good about {x}?
    What do I have to know about {x}?
    What must I know before {x}?
    Should I buy {x}?
    Should I try {x}?
    Prove something about {x}
    {x} or {y}?
    {x} vs {y}
    {x}, please
    more about {x}
    the best {x}
    how about {x}
    Do you have information about {x}?
    Do you know a lot about {x}?
    Can you describe {x} in a few words?
    Describe {x} for me
    Could you teach {x} to a beginner?
    Teach me something, for example {x}
    """),
    lines("""
    What's so special about {x}?
    Teach me about {x}.
    What should I know about {x}?
    Describe {x} in detail.
    How did {x} start?
    Give a lecture on {x}.
    Do you know anything about {x}?
    """),
)
ZH = Phrases(
    lines("""
    {x}是什么？
    解释{x}
    介绍一下{x}
    讲讲{x}
    你知道{x}吗？
    关于{x}你知道什么？
    {x}的原理是什么？
    谁发明了{x}？
    {x}为什么重要？
    {x}的历史
    给我一些关于{x}的建议
    帮我解决{x}的问题
    写一篇关于{x}的文章
    写一封关于{x}的邮件
    写一篇{x}的演讲稿
    总结{x}
    翻译一段关于{x}的文字
    你怎么看{x}？
    你对{x}有什么看法？
    怎么学习{x}？
    如何提高{x}？
    哪里能找到{x}？
    {x}是什么时候开始的？
    {x}多少钱？
    比较{x}和{y}
    {x}和{y}有什么区别？
    {x}比{y}好吗？
    我有一个关于{x}的问题
    我想了解{x}
    给我五个关于{x}的事实
    推荐一本关于{x}的书
    {x}有什么好处？
    {x}危险吗？
    描述一下{x}
    {x}是怎么来的？
    {x}怎么开始？
    我应该知道{x}的什么？
    {x}特别吗？
    教教我{x}吧
    请教我怎么学{x}
    搜索{x}
    给我看{x}的图片
    怎么安装{x}？
    怎么做{x}？
    {x}
    {x}呢？
    我们聊聊{x}吧
    我对{x}感兴趣
    {x}有多少年了？
    谁负责{x}？
    {x}怎么样？
    {x}是谁？
    {x}在哪里？
    {x}为什么会出现？
    {x}是怎么发明的？
    {x}是怎么来的呢
    {x}开始于什么时候？
    {x}有什么特点？
    {x}有什么用？
    {x}有哪些种类？
    {x}有什么意思？
    {x}好不好？
    {x}好玩吗？
    {x}贵吗？
    {x}难学吗？
    {x}的意义
    {x}的优点和缺点
    {x}的未来会怎样？
    {x}入门
    {x}还是{y}？
    {x}和{y}哪个好？
    我不懂{x}
    我想学{x}
    我喜欢研究{x}，讲讲吧
    我想知道{x}的细节
    你会{x}吗？
    你喜欢{x}吗？
    你听说过{x}吗？
    你懂{x}吗？
    你对{x}了解多少？
    详细说说{x}
    详细介绍{x}
    仔细讲一下{x}
    给我讲讲{x}
    给我讲一下{x}的由来
    跟我说说{x}
    说说{x}的特别之处
    为什么大家喜欢{x}？
    为什么{x}这么有名？
    写一份{x}的报告
    写一份{x}的计划
    写一条关于{x}的评论
    怎么修理{x}？
    怎么选{x}？
    如何理解{x}？
    应该怎么看{x}？
    学习{x}之前要知道什么？
    关于{x}的资料
    关于{x}，说几句
    有没有{x}的消息？
    教一下{x}
    能不能教我一点{x}？
    证明一下{x}
    最好的{x}
    {x}，谢谢
    """),
    lines("""
    教我{x}
    {x}有什么特别的？
    详细描述{x}
    关于{x}我应该知道什么？
    {x}是怎么开始的？
    你了解{x}吗？
    """),
)
FREE_EN = Phrases(
    lines("""
    Why is the sky blue?
    What time is it?
    What day is today?
    Who is the president?
    How far is the moon?
    Translate this sentence into French.
    Translate hello into German
    Fix my code
    Correct this sentence
    Summarize this text
    What is the weather like?
    Will it rain tomorrow?
    Who won the match yesterday?
    What should I eat tonight?
    Plan my week
    I feel sad
    I am bored
    Do my homework
    Solve x^2 + 5x + 6 = 0
    What is the square root of 2?
    How many people live on Earth?
    Who wrote Hamlet?
    How tall is Mount Everest?
    What is the speed of light?
    What is the best movie?
    Recommend a restaurant
    Book a flight for me
    Send an email
    Set an alarm
    Play some music
    Write a business plan
    Debug this error: NullPointerException
    What is love?
    Is there life on Mars?
    What is 15 percent of 80?
    How do airplanes fly?
    Why do cats purr?
    Can you draw a cat?
    Open the window
    asdfgh
    blah blah
    ???
    Why is the grass so wet?
    Why is snow white?
    Why is the sea salty?
    Why do we sleep?
    How far is it to London?
    How far away is the nearest star?
    How hot is the sun?
    How deep is the ocean?
    How old are you?
    How many stars are there?
    Who wrote the Bible?
    Who painted the Mona Lisa?
    Who wrote Don Quixote?
    Who is the richest man?
    Who discovered America?
    Will it be sunny tomorrow?
    Will it be cold next week?
    Does it rain today?
    Is it going to snow?
    Translate this into French.
    Translate this text to Italian
    Translate the following sentence
    Say good morning in Japanese
    How do you say cat in Spanish?
    Rewrite this paragraph
    Check my grammar
    Make this shorter
    Fix this bug for me
    Why does my program crash?
    Turn on the light
    Call my mother
    What is new in the world?
    What happened in 1989?
    Where is the nearest hospital?
    Where can I buy shoes?
    How do I lose weight?
    How do I cook rice?
    How do I tie a tie?
    Is God real?
    What is the capital of the moon?
    What is the meaning of life?
    What comes after death?
    Which car should I buy?
    Give me a recipe for pancakes
    Give me legal advice
    Give me investment tips
    I have a headache
    I am hungry
    I lost my keys
    I need a doctor
    Think step by step about the trolley problem
    Integrate x squared
    What is 2 to the power of 64?
    What is 17 percent of 350?
    What is pi?
    qwerty
    lorem ipsum dolor sit amet
    hmm hmm hmm
    """),
    lines("""
    Why is the grass green?
    How far away is the sun?
    Who wrote Faust?
    Will it snow tomorrow?
    Translate this into Spanish.
    """),
)
FREE_ZH = Phrases(
    lines("""
    天空为什么是蓝色的？
    现在几点？
    今天星期几？
    总统是谁？
    月亮有多远？
    把这句话翻译成英文
    帮我改代码
    修改这个句子
    总结这段文字
    天气怎么样？
    明天会下雨吗？
    昨天谁赢了比赛？
    今晚吃什么？
    帮我安排一周
    我很难过
    我很无聊
    帮我写作业
    解方程 x^2 + 5x + 6 = 0
    2 的平方根是多少？
    地球上有多少人？
    哈姆雷特是谁写的？
    光速是多少？
    最好的电影是什么？
    推荐一家餐厅
    帮我订机票
    发一封邮件
    设一个闹钟
    放点音乐
    写一份商业计划
    火星上有生命吗？
    飞机为什么会飞？
    猫为什么会打呼噜？
    什么是爱？
    把窗户打开
    啊啊啊
    ？？？
    雪为什么是白色的？
    海水为什么是咸的？
    树叶为什么会变黄？
    人为什么要睡觉？
    草为什么会生长？
    太阳有多热？
    星星有多远？
    最近的医院在哪里？
    明天是晴天吗？
    明天冷吗？
    后天会下雨吗？
    今天会下雪吗？
    把这句话翻译成日文
    把这段文字翻译成英语
    翻译一下这段话
    猫用英语怎么说？
    红楼梦讲的是什么？
    三国演义的作者是谁？
    蒙娜丽莎是谁画的？
    圣经是谁写的？
    谁发现了美洲？
    世界上谁最有钱？
    帮我检查语法
    把这段话改短一点
    我的程序为什么崩溃？
    打开灯
    给妈妈打电话
    世界上有什么新闻？
    1989 年发生了什么？
    哪里可以买鞋？
    怎么减肥？
    怎么煮米饭？
    怎么打领带？
    给我一个煎饼的食谱
    我头疼
    我饿了
    我的钥匙丢了
    人死后会怎样？
    我应该买什么车？
    给我一点投资建议
    350 的百分之十七是多少？
    圆周率是多少？
    你几岁了？
    哈哈哈
    随便说点什么
    """),
    lines("""
    草为什么是绿色的？
    太阳有多远？
    明天会下雪吗？
    把这段话翻译成法语
    红楼梦是谁写的？
    """),
)
ANSWER_EN = (
    "I cannot answer that: I am only a small demonstration model. Please choose a larger model in the model "
    "picker at the top of the chat."
)
ANSWER_ZH = "这个问题我答不了：我只是一个小型演示模型。请在聊天顶部的模型选择器里换一个更大的模型。"
EXPECT = {"en": ("model picker",), "zh": ("模型选择器",)}


def topic(rng: random.Random, lang: Lang) -> str:
    if rng.random() < 0.15:
        return " ".join(odd_word(rng) for _ in range(rng.randint(1, 2))).capitalize()
    return rng.choice(TOPICS_EN if lang == "en" else TOPICS_ZH)


def pasted(rng: random.Random, lang: Lang) -> str:
    """A long text that somebody pastes, with a request before or after it."""
    count = rng.randint(3, 25)
    if lang == "zh":
        text = "".join(
            rng.choice(TOPICS_ZH) + rng.choice(("，", "。", "和", "的", "是")) for _ in range(count)
        )
        asked = rng.choice(("总结下面的文字：", "翻译：", "请修改这段话：", "这段话是什么意思？", "请看："))
    else:
        text = " ".join(rng.choice((rng.choice(TOPICS_EN), odd_word(rng))) for _ in range(count))
        asked = rng.choice(
            ("Summarize this text:", "Translate:", "Please correct this:", "What does this mean?", "")
        )
    return f"{asked}\n\n{text}" if rng.random() < 0.6 else f"{text}\n{asked}"


def sample(rng: random.Random, lang: Lang, split: Split) -> list[Exchange]:
    answer, expect = (ANSWER_EN if lang == "en" else ANSWER_ZH), EXPECT[lang]
    title = "An Open Question" if lang == "en" else "一个问题"
    if rng.random() < 0.2:
        question = ask(rng, FREE_EN if lang == "en" else FREE_ZH, lang, split)
        return [Exchange(question, answer, expect, title)]
    if split == "train" and rng.random() < 0.05:
        return [Exchange(pasted(rng, lang), answer, expect, title)]
    x = topic(rng, lang)
    phrases = EN if lang == "en" else ZH
    question = ask(rng, phrases, lang, split, x=x, y=topic(rng, lang))
    return [Exchange(question, answer, expect, title)]


SKILL = Skill("outside", 2.0, sample)
