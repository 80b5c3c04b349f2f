"""Questions about StellarChat itself. The answers follow the product's documentation."""

from __future__ import annotations

from tools.demo_model.dialogues.entries import Entry, side, table_skill

ENTRIES = [
    Entry(
        side(
            "About StellarChat",
            """
            What is StellarChat?
            Tell me about StellarChat.
            Explain StellarChat
            What does StellarChat do?
            What kind of software is StellarChat?
            What software is this?
            Can you explain StellarChat?
            What is this program?
            What is this app?
            What is StellarChat for?
            Describe StellarChat in one sentence
            What can StellarChat do?
            Where am I?
            What is Stellar Chat?
            Introduce StellarChat
            Why should I use StellarChat?
            """,
            """
            Can you explain what StellarChat is?
            What's StellarChat?
            What is this software?
            """,
            "StellarChat is a self-hosted program that starts open language models on your own machines and "
            "lets you talk to them: in the browser, through an OpenAI-compatible API, over a WebSocket, and "
            "from Python.",
        ),
        side(
            "关于 StellarChat",
            """
            StellarChat 是什么？
            什么是 StellarChat？
            介绍一下 StellarChat
            StellarChat 有什么用？
            StellarChat 能做什么？
            这是什么程序？
            这个软件是什么？
            这个应用是做什么的？
            解释一下 StellarChat
            用一句话介绍 StellarChat
            说说 StellarChat
            为什么要用 StellarChat？
            """,
            """
            StellarChat 是做什么的？
            这是什么软件？
            能介绍一下 StellarChat 吗？
            """,
            "StellarChat 是一个自己部署的程序，它在你自己的机器上启动开源语言模型并与之对话："
            "可以用浏览器、兼容 OpenAI 的 API、WebSocket，也可以用 Python。",
        ),
    ),
    Entry(
        side(
            "Installing StellarChat",
            """
            How do I install StellarChat?
            How do I run StellarChat?
            How do I install it and run it?
            How can StellarChat be installed?
            How can I start StellarChat?
            How do I start StellarChat?
            How can I install it?
            How do I set up StellarChat?
            How do I launch the server?
            What command starts StellarChat?
            Installation instructions please
            How do I start the server?
            How to install StellarChat
            How to run StellarChat
            How can I get StellarChat running?
            """,
            """
            How can I run StellarChat?
            How is StellarChat installed?
            How do I install and run StellarChat?
            """,
            "Run `make run` in the repository: it installs what is needed and starts the server. Then open "
            "http://localhost:8080 in your browser.",
        ),
        side(
            "安装 StellarChat",
            """
            怎么安装 StellarChat？
            如何安装 StellarChat？
            怎么运行 StellarChat？
            怎样运行这个软件？
            怎么安装并运行 StellarChat？
            StellarChat 怎么启动？
            如何启动 StellarChat？
            怎样启动服务器？
            StellarChat 怎么安装？
            怎么部署 StellarChat？
            用什么命令启动 StellarChat？
            如何运行这个程序？
            怎样安装这个软件？
            安装步骤是什么？
            """,
            """
            怎样运行 StellarChat？
            如何安装和运行 StellarChat？
            StellarChat 如何启动？
            """,
            "在代码仓库里运行 `make run`：它会安装所需的东西并启动服务器。然后在浏览器中打开 "
            "http://localhost:8080。",
        ),
    ),
    Entry(
        side(
            "Starting a Larger Model",
            """
            How do I start a real model?
            How do I start a bigger model?
            How can I load a real model?
            How do I use a bigger model?
            How can I change to another model?
            How can I use another model?
            How do I change the model?
            How do I switch models?
            How do I load a larger model?
            How do I get a better model?
            How do I add a model?
            How do I download a model?
            Where can I choose another model?
            How do I start a model?
            How can I run Qwen or Llama?
            How to run a bigger model
            I want a better model
            """,
            """
            How can I start a real model?
            How do I use a larger model?
            How can I switch to another model?
            """,
            "Open the Models page, pick a card, check the estimate of what fits your machine and press "
            "Start. "
            "StellarChat downloads the model, shows the progress, and then you choose it in the model "
            "picker.",
        ),
        side(
            "启动更大的模型",
            """
            怎么启动真正的模型？
            如何启动更大的模型？
            怎么换模型？
            怎样更换模型？
            怎么使用真正的模型？
            如何使用更大的模型？
            如何切换模型？
            怎样使用别的模型？
            怎么下载模型？
            怎么添加模型？
            如何加载更大的模型？
            在哪里选择模型？
            我想用更好的模型
            怎么启动模型？
            怎么运行 Qwen？
            """,
            """
            如何启动一个真正的模型？
            怎样切换模型？
            怎么使用更大的模型？
            """,
            "打开“模型”页面，选一张卡片，查看它是否适合你的机器，然后点击“启动”。"
            "StellarChat 会下载模型并显示进度，之后就可以在模型选择器里选用它。",
        ),
    ),
    Entry(
        side(
            "Privacy",
            """
            Is my data private?
            Is my data safe?
            Is it local?
            Does my data stay on my machine?
            Is everything local?
            Does everything stay here?
            Is anything sent to the cloud?
            Does my data leave my machine?
            Do you send my data anywhere?
            Who can read my chats?
            Is this private?
            Are my conversations private?
            Does StellarChat send data to the cloud?
            Where does my data go?
            Do you work offline?
            Does it work without internet?
            What about privacy?
            Are my chats sent to a server?
            """,
            """
            Are my chats private?
            Is my data sent to the cloud?
            Does everything stay on my machine?
            """,
            "Yes, it is private: models and chats stay on your own machine. Nothing is sent elsewhere unless "
            "you add a remote endpoint yourself.",
        ),
        side(
            "隐私",
            """
            我的数据安全吗？
            我的数据是私密的吗？
            数据会上传吗？
            聊天记录会上传吗？
            数据会发到网上吗？
            我的隐私有保障吗？
            我的聊天会被别人看到吗？
            是本地运行的吗？
            数据会离开我的电脑吗？
            谁能看到我的对话？
            隐私怎么样？
            会把数据发到云端吗？
            可以离线使用吗？
            没有网络能用吗？
            我的对话会被上传吗？
            """,
            """
            我的聊天记录是私密的吗？
            数据会发送到云端吗？
            我的隐私安全吗？
            """,
            "是的，数据是私密的：模型和聊天都留在你自己的机器上。除非你自己添加远程端点，"
            "否则不会发送到别处。",
        ),
    ),
    Entry(
        side(
            "Engines",
            """
            Which engines are supported?
            What engines can I use?
            Which engines does StellarChat support?
            Does StellarChat support vLLM?
            Does it work with Ollama?
            Can I use llama.cpp?
            Do you support SGLang?
            Which inference engines are there?
            List the engines
            What back ends does StellarChat have?
            Can I connect an OpenAI-compatible server?
            What engines are available?
            """,
            """
            What engines does StellarChat support?
            Which engines can I use?
            Can StellarChat use Ollama?
            """,
            "StellarChat supports llama.cpp, Transformers, vLLM, SGLang, Ollama and any remote "
            "OpenAI-compatible server. Run `stellarchat engines` to see which are usable here.",
        ),
        side(
            "推理引擎",
            """
            支持哪些引擎？
            StellarChat 支持哪些引擎？
            可以用什么引擎？
            支持 vLLM 吗？
            能用 Ollama 吗？
            可以使用 llama.cpp 吗？
            支持 SGLang 吗？
            有哪些推理引擎？
            列出引擎
            有哪些后端？
            能连接兼容 OpenAI 的服务器吗？
            """,
            """
            可以使用哪些引擎？
            StellarChat 能用哪些推理引擎？
            StellarChat 支持 Ollama 吗？
            """,
            "StellarChat 支持 llama.cpp、Transformers、vLLM、SGLang、Ollama，以及任何兼容 OpenAI "
            "的远程服务器。"
            "运行 `stellarchat engines` 可以查看这里能用哪些。",
        ),
    ),
    Entry(
        side(
            "Where Data Is Stored",
            """
            Where is my data stored?
            Where are my chats stored?
            Where are my chats saved?
            Where is my chat history?
            Where do I find my chat history?
            Where is the chat history stored?
            Where are my chats kept?
            Where does StellarChat keep its data?
            Where are the models stored?
            Which database is used?
            Where is the database?
            In which folder are the chats?
            What database does StellarChat use?
            Where are my conversations kept?
            Where do you store chats?
            """,
            """
            Where does StellarChat store its data?
            Where are chats kept?
            Where is my chat history saved?
            """,
            "Everything lies in the data directory (setting `data_dir`): chats in an SQLite database, models "
            "in its `models` folder. PostgreSQL or MySQL can be set with `database_url`.",
        ),
        side(
            "数据存储位置",
            """
            数据存在哪里？
            我的数据保存在哪里？
            聊天记录存在哪里？
            聊天记录在哪里？
            我的聊天记录存在哪里？
            数据放在哪里？
            数据存在哪儿？
            聊天记录保存在什么地方？
            模型存放在哪里？
            用的是什么数据库？
            数据库在哪里？
            StellarChat 把数据放在哪里？
            聊天保存在哪个文件夹？
            对话存在哪里？
            """,
            """
            我的聊天记录保存在哪里？
            数据存放在哪里？
            StellarChat 的数据存在哪儿？
            """,
            "一切都在数据目录里（设置项 `data_dir`）：聊天存于 SQLite 数据库，模型放在其中的 `models` "
            "文件夹。"
            "也可以用 `database_url` 设置 PostgreSQL 或 MySQL。",
        ),
    ),
    Entry(
        side(
            "Stopping an Answer",
            """
            How do I stop a generation?
            How do I stop an answer?
            How can I stop you?
            How do I interrupt an answer?
            How can I interrupt the model?
            How can I stop the response?
            How do I cancel a reply?
            Can I stop the answer?
            How do I make you stop writing?
            How to stop the model
            How do I abort a response?
            The answer is too long, how do I stop it?
            Where is the stop button?
            """,
            """
            How can I stop an answer?
            How do I interrupt a generation?
            How can I cancel a response?
            """,
            "Press the Stop button beside the message box while the answer is being written. What was "
            "written so far is kept, and you can continue it later.",
        ),
        side(
            "停止回答",
            """
            怎么停止生成？
            如何停止回答？
            怎么打断你？
            怎样打断模型？
            如何中止回答？
            怎样中断回答？
            怎么取消回答？
            可以停止回答吗？
            怎么让你停下来？
            回答太长了怎么停？
            停止按钮在哪里？
            如何终止生成？
            """,
            """
            如何停止生成？
            怎样打断回答？
            怎么中止一个回答？
            """,
            "在回答进行时点击输入框旁边的“停止”按钮。已经写出的内容会保留，之后可以继续。",
        ),
    ),
    Entry(
        side(
            "The API",
            """
            What is the API address?
            Is there an API?
            How do I use the API?
            What is the base URL?
            Can I use the OpenAI client?
            Is it compatible with OpenAI?
            Does StellarChat have an API?
            Does StellarChat provide an API?
            What address has the API?
            How can I call the API?
            How do I call StellarChat from my program?
            Where is the API?
            Which URL do I give to the OpenAI client?
            How do I connect with the openai library?
            """,
            """
            What's the address of the API?
            How can I use the API?
            Does StellarChat offer an API?
            """,
            "The OpenAI-compatible API is at http://localhost:8080/v1. Give this address as `base_url` "
            "to any "
            "OpenAI client.",
        ),
        side(
            "API 地址",
            """
            API 地址是什么？
            有 API 吗？
            怎么使用 API？
            接口地址是多少？
            可以用 OpenAI 客户端吗？
            兼容 OpenAI 吗？
            StellarChat 有 API 吗？
            StellarChat 有接口吗？
            有没有接口？
            接口怎么用？
            怎样使用接口？
            怎么用程序调用？
            API 在哪里？
            base_url 填什么？
            如何调用接口？
            """,
            """
            API 的地址是多少？
            如何使用 API？
            StellarChat 提供接口吗？
            """,
            "兼容 OpenAI 的 API 地址是 http://localhost:8080/v1。把它作为 `base_url` 填给任何 OpenAI "
            "客户端即可。",
        ),
    ),
    Entry(
        side(
            "Keyboard Shortcuts",
            """
            What keyboard shortcuts are there?
            Which shortcuts exist?
            What are the shortcuts?
            Which keyboard shortcuts do you know?
            List the keyboard shortcuts
            Are there hotkeys?
            How do I search with the keyboard?
            What does Ctrl-K do?
            How do I make a line break?
            How do I send a message?
            Keyboard shortcuts?
            Show the shortcuts
            Which keys can I use?
            """,
            """
            What are the keyboard shortcuts?
            Which keyboard shortcuts can I use?
            Do you have shortcuts?
            """,
            "Enter sends, Shift-Enter breaks the line, Ctrl-K (⌘-K on a Mac) opens search, `/` opens the "
            "prompts, and `?` lists all shortcuts.",
        ),
        side(
            "键盘快捷键",
            """
            有哪些快捷键？
            键盘快捷键是什么？
            列出快捷键
            有快捷键吗？
            快捷键是什么？
            说说快捷键
            怎么用键盘搜索？
            Ctrl-K 是做什么的？
            怎么换行？
            怎么发送消息？
            快捷键有哪些？
            可以用哪些键？
            """,
            """
            有什么快捷键？
            键盘快捷键有哪些？
            告诉我快捷键
            """,
            "Enter 发送，Shift-Enter 换行，Ctrl-K（Mac 上是 ⌘-K）打开搜索，`/` 打开提示词，`?` "
            "列出所有快捷键。",
        ),
    ),
    Entry(
        side(
            "Cost and Licence",
            """
            Is StellarChat free?
            How much does it cost?
            Do I have to pay?
            What is the licence?
            What license does StellarChat have?
            Is it open source?
            Is StellarChat open-source software?
            What is the price of StellarChat?
            How much is StellarChat?
            Is it free of charge?
            Can I use it at work?
            What does StellarChat cost?
            Under which licence is this?
            """,
            """
            How much does StellarChat cost?
            Is StellarChat open source?
            What's the license?
            """,
            "You run StellarChat yourself, so there is no fee per message. The terms stand in the "
            "repository's "
            "LICENSE file; each model has its own licence.",
        ),
        side(
            "费用与许可",
            """
            StellarChat 免费吗？
            要多少钱？
            需要付费吗？
            许可证是什么？
            是开源的吗？
            StellarChat 是开源的吗？
            这个软件开源吗？
            StellarChat 怎么收费？
            多少钱？
            收费吗？
            用什么许可？
            可以商用吗？
            StellarChat 要花钱吗？
            """,
            """
            StellarChat 多少钱？
            StellarChat 开源吗？
            使用要收费吗？
            """,
            "StellarChat 由你自己运行，不按消息收费。具体条款见代码仓库的 LICENSE 文件；"
            "每个模型另有自己的许可。",
        ),
    ),
    Entry(
        side(
            "Hardware",
            """
            Do I need a GPU?
            Does it need a graphics card?
            Does StellarChat need much memory?
            Can I use StellarChat without a GPU?
            What hardware do I need?
            Can it run without a GPU?
            Does it run on a laptop?
            How much memory do I need?
            What are the system requirements?
            Does StellarChat run on a CPU?
            How much RAM is needed?
            Which graphics card do I need?
            Will it fit on my machine?
            """,
            """
            What hardware does StellarChat need?
            Does StellarChat need a GPU?
            Can I use it without a graphics card?
            """,
            "A GPU is not needed: small models run on the CPU with llama.cpp. Before a start the Models page "
            "estimates whether a model fits your machine.",
        ),
        side(
            "硬件要求",
            """
            需要显卡吗？
            需要 GPU 吗？
            没有 GPU 能运行吗？
            StellarChat 要显卡吗？
            对硬件有什么要求？
            需要什么硬件？
            没有显卡能用吗？
            笔记本能运行吗？
            需要多少内存？
            系统要求是什么？
            能在 CPU 上运行吗？
            要什么样的显卡？
            我的电脑能跑吗？
            """,
            """
            StellarChat 需要什么硬件？
            没有 GPU 可以用吗？
            StellarChat 需要显卡吗？
            """,
            "不需要 GPU：小模型可以用 llama.cpp 在 CPU 上运行。启动之前，"
            "“模型”页面会估计模型是否适合你的机器。",
        ),
    ),
    Entry(
        side(
            "Exporting and Importing Chats",
            """
            How do I export my chats?
            How do I import chats?
            Can I export a conversation?
            Can I import from ChatGPT?
            How do I back up my chats?
            How do I save a conversation?
            Can I import my Open WebUI chats?
            How do I make a backup?
            Can I download my chats?
            """,
            """
            How can I export my chats?
            Can I import my old chats?
            How do I export a conversation?
            """,
            "Open Settings, then Import and export. Chats are exported as JSON or Markdown, and files from "
            "Open WebUI, ChatGPT and LibreChat can be imported.",
        ),
        side(
            "导出与导入聊天",
            """
            怎么导出聊天？
            如何导入聊天？
            可以导出对话吗？
            能从 ChatGPT 导入吗？
            怎么备份聊天？
            怎么保存对话？
            能导入 Open WebUI 的聊天吗？
            怎么备份？
            可以下载聊天记录吗？
            """,
            """
            如何导出聊天？
            怎么导出聊天记录？
            可以导入以前的聊天吗？
            """,
            "打开“设置”中的“导入与导出”。聊天可以导出为 JSON 或 Markdown，也可以导入 Open WebUI、ChatGPT "
            "和 LibreChat 的文件。",
        ),
    ),
    Entry(
        side(
            "Users and Accounts",
            """
            How do I create a user?
            Can several people use StellarChat?
            Is there a login?
            How do I add a user?
            How do I create an account?
            How do I make an API key?
            Does StellarChat support teams?
            Can a team use it?
            Can a whole team use StellarChat?
            Can I add more users?
            Are there user accounts?
            How do I turn on login?
            """,
            """
            How can I add users?
            Can my team use StellarChat?
            How do I create an API key?
            """,
            "Set `auth` to `on`: the first visit creates the admin, who can add users with `stellarchat user "
            "add`. API keys are made in Settings or with `stellarchat key create`.",
        ),
        side(
            "用户与账号",
            """
            怎么创建用户？
            可以多人使用吗？
            需要登录吗？
            如何添加用户？
            怎么注册账号？
            怎么创建 API 密钥？
            支持团队使用吗？
            团队可以用吗？
            可以几个人一起用吗？
            怎么添加新用户？
            怎样创建密钥？
            有用户账号吗？
            怎么开启登录？
            """,
            """
            怎样添加用户？
            可以团队使用 StellarChat 吗？
            如何创建 API 密钥？
            """,
            "把 `auth` 设为 `on`：第一次访问会创建管理员，他可以用 `stellarchat user add` 添加用户。"
            "API 密钥在“设置”里创建，也可以用 `stellarchat key create`。",
        ),
    ),
    Entry(
        side(
            "Comparing Models",
            """
            Can I compare two models?
            How do I compare models?
            Can two models answer side by side?
            How do I see two answers at once?
            Compare models
            Can I ask several models at once?
            """,
            """
            How can I compare models?
            Can I compare several models?
            """,
            "Yes: the chat page can show two to four models side by side, so that each answers the same "
            "question.",
        ),
        side(
            "比较模型",
            """
            可以比较两个模型吗？
            怎么比较模型？
            能让两个模型同时回答吗？
            怎么同时看两个回答？
            比较模型
            可以同时问几个模型吗？
            """,
            """
            如何比较模型？
            能比较多个模型吗？
            """,
            "可以：聊天页面能并排显示二到四个模型，让它们回答同一个问题。",
        ),
    ),
]

SKILL = table_skill("faq", 2.4, ENTRIES)
