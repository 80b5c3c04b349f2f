import type { EngineSentences } from './sentences.en'

const less = '请停止其他模型，或选择更小的规格、更低的量化或更短的上下文。'

export const engines: EngineSentences = {
  // engines that ended
  launch_no_memory: { message: '{name} 已退出：内存不足。', remedy: less },
  launch_memory_ran_out: { message: '{name} 被系统终止：很可能是内存耗尽。', remedy: less },
  launch_gpu_memory: { message: '{name} 已退出：显存不足。', remedy: less },
  launch_gpu_in_use: {
    message: '{name} 已退出：其他程序占用了显存。',
    remedy: '请结束那些程序，选择其他 GPU，或减小它的显存份额。',
  },
  launch_gpu_share: {
    message: '{name} 已退出：分到的显存放不下这个模型。',
    remedy: '请增大显存份额或使用更多 GPU，或选择更小的模型。',
  },
  launch_context_memory: {
    message: '{name} 已退出：剩余内存放不下这么长的上下文。',
    remedy: '请缩短上下文，或增大显存份额。',
  },
  launch_context_model: {
    message: '{name} 已退出：上下文超出了模型支持的长度。',
    remedy: '请缩短上下文。',
  },
  launch_gpu_count: {
    message: '{name} 已退出：模型不能由这么多 GPU 分担。',
    remedy: '请使用 1、2 或 4 个 GPU。',
  },
  launch_nccl: {
    message: '{name} 已退出：GPU 之间无法协同工作（NCCL）。',
    remedy: '请只用一个 GPU 启动。',
  },
  launch_no_gpu: {
    message: '{name} 已退出：没有找到可用的 GPU。',
    remedy: '请安装 GPU 驱动，或使用 CPU 引擎。',
  },
  launch_bfloat16: {
    message: '{name} 已退出：GPU 较旧，不支持 bfloat16。',
    remedy: '请以 float16 精度启动。',
  },
  launch_remote_code: {
    message: '{name} 已退出：模型带有自己的程序。',
    remedy: '若您信任其作者，请开启 trust_remote_code 后启动。',
  },
  launch_lora_rank: {
    message: '{name} 已退出：适配器超出了允许的大小。',
    remedy: '请在 extra_args 中加上 --max-lora-rank 和所提示的数值。',
  },
  launch_lora: {
    message: '{name} 已退出：适配器不适用于这个模型，或不是适配器。',
    remedy: '请不用适配器启动，或换用适合这个模型的适配器。',
  },
  launch_unknown_model: {
    message: '{name} 已退出：引擎不支持这种模型。',
    remedy: '请更新引擎，或使用其他引擎。',
  },
  launch_libraries: {
    message: '{name} 已退出：引擎环境中的组件互不兼容。',
    remedy: '请安装与 torch 匹配的 torchvision、torchaudio 和 torchcodec，或卸载它们。',
  },
  launch_library: {
    message: '{name} 已退出：缺少引擎需要的组件。',
    remedy: '请重新完整安装引擎。',
  },
  launch_port: { message: '{name} 已退出：端口被其他程序占用。', remedy: '请重新启动。' },
  launch_disk: { message: '{name} 已退出：磁盘已满。', remedy: '请腾出空间，或更换数据目录。' },
  launch_damaged: {
    message: '{name} 已退出：模型文件损坏或不完整。',
    remedy: '请删除模型并重新下载。',
  },
  launch_options: {
    message: '{name} 已退出：引擎不认识给它的选项。',
    remedy: '请改正选项，或更新引擎。',
  },
  launch_unreadable: {
    message: '{name} 已退出：有文件无法读取。',
    remedy: '请给予读取模型及其文件夹的权限。',
  },
  launch_no_file: {
    message: '{name} 已退出：有文件不存在。',
    remedy: '请检查模型的路径，或重新下载模型。',
  },
  launch_processor: {
    message: '{name} 已退出：处理器缺少引擎使用的指令。',
    remedy: '请安装适合这个处理器的版本。',
  },
  // engines
  engine_gave_up: { message: '引擎放弃了这条回答。', remedy: '请继续这条回答，或重试。' },
  param_of_endpoint: { message: '这个端点不支持参数“{field}”。', remedy: '请恢复它的默认值。' },
  engine_large: { message: '引擎返回的内容超过了 {limit_bytes}。' },
  engine_closed: { message: '引擎在完成之前关闭了连接。', remedy: '请重试，或继续这条回答。' },
  engine_silent: {
    message: '引擎已有 {silent_seconds}没有任何输出。',
    remedy: '请重试；若经常如此，请重启模型或查看它的日志。',
  },
  engine_not_http: {
    message: '该地址上的程序不使用 HTTP 协议。',
    remedy: '请检查地址指向的确实是推理引擎。',
  },
  engine_stopped: { message: '引擎已被停止。', remedy: '请重新启动模型，然后重试。' },
  engine_nobody: { message: '{address} 没有响应。', remedy: '请检查引擎或端点是否正在运行。' },
  attached_not_served: {
    message: '{address} 上的 {engine} 服务器没有提供 {name}，它提供的是 {names}。',
    remedy: '请用这个模型启动它。',
  },
  attached_keeps: {
    message: '{engine} 服务器在运行期间一直保留它的模型。',
    remedy: '请停止 {address} 上的服务器本身。',
  },
  attached_fetches: {
    message: '{engine} 服务器在运行期间不会下载模型。',
    remedy: '请让 {address} 上的服务器以模型 {name} 启动。',
  },
  attached_key: {
    message: '{engine} 服务器不接受这个密钥（{status}）。',
    remedy: '请将 {setting} 设为启动它时使用的密钥。',
  },
  attached_no_list: {
    message: '{address} 上的程序没有列出它的模型。',
    remedy: '请检查 {setting}。',
  },
  weights_config: {
    message: '无法使用 {name} 的权重：config.json 不可读（{said}）。',
    remedy: '请重新下载模型；它须是 Hugging Face 格式的文件夹。',
  },
  weights_incomplete: {
    message: '{name} 的权重不完整（{said}）。',
    remedy: '请重新下载模型，已有的部分会保留。',
  },
  weights_unusable: {
    message: '无法使用 {name} 的权重：{said}',
    remedy: '请删除模型并重新下载；若是您自己的文件，请换上完整的。',
  },
  weights_quantized: {
    message: '{name} 是量化过的（{form}），Transformers 在本机无法运行。',
    remedy: '请在 vLLM 上运行它，或使用未量化的权重。',
  },
  ollama_none: { message: 'Ollama 中没有 {name}。', remedy: '请下载它：`ollama pull {name}`。' },
  ollama_holds: {
    message: '过了 {waited_seconds}，Ollama 仍将 {name} 留在内存中。',
    remedy: '可能有别人在使用它：请查看 `ollama ps`，或运行 `ollama stop {name}`。',
  },
  ollama_not: { message: '该地址上的程序不是 Ollama。', remedy: '请检查 ollama.base_url。' },
  ollama_fetch: { message: 'Ollama 没能下载它：{said}', remedy: '请检查模型的名称。' },
  ollama_cannot: { message: 'Ollama 不支持这个操作。', remedy: '请换用其他模型。' },
  param_of_engine: { message: '{engine} 不支持参数“{field}”。', remedy: '请将它恢复为默认值。' },
  endpoint_key: { message: '端点不接受这个密钥（{status}）。', remedy: '请检查密钥。' },
  endpoint_status: {
    message: '询问模型列表时，端点返回了 {status}。',
    remedy: '请检查地址，它通常以 /v1 结尾。',
  },
  endpoint_no_list: {
    message: '端点返回的不是模型列表。',
    remedy: '请检查地址，它通常以 /v1 结尾。',
  },
  engine_no_start: { message: '本机无法启动 {engine}。' },
  launch_no_process: {
    message: '无法为 {name} 启动进程。',
    remedy: '请关闭一些程序，或提高进程数和打开文件数的上限。',
  },
  launch_guard: { message: '{name} 的守护进程没有启动。' },
  launch_no_program: {
    message: '无法执行 {name} 的程序：{path}',
    remedy: '请安装引擎，或改正它的路径。',
  },
  program_not_run: { message: '无法执行程序 {path}。', remedy: '请安装它，或改正它的路径。' },
  running_otherwise: { message: '{name} 已在以其他选项运行。', remedy: '请先停止它。' },
  model_stopped: { message: '{name} 已停止。', remedy: '请重新启动它。' },
  launch_late: {
    message: '{name} 在 {limit_seconds}内没有就绪。',
    remedy: '请选择更小的模型，或给载入留出更多时间。',
  },
  engine_unheard: {
    message: '{name} 已有 {silent_seconds}没有响应。',
    remedy: '正在重新启动它。若反复出现，请减少并行回答数，或选择更小的模型。',
  },
  engine_no_answer: { message: '{name} 没有响应。', remedy: '请检查它是否在运行。' },
  vectors_length: {
    message: '{model} 的向量有 {length} 维，不能缩短。',
    remedy: '请不要指定维数。',
  },
  engine_absent: {
    message: '没有安装 {engine}。',
    remedy:
      '请运行 `{command}` 来安装，再将设置 {setting} 指向该文件夹；或将 {address} 设为已在运行的服务器的地址。',
  },
  engine_absent_there: {
    message: '{folder} 中没有安装 {engine}。',
    remedy: '请在那里运行 `{command}` 来安装；或将 {address} 设为已在运行的服务器的地址。',
  },
  engine_no_gpu: {
    message: '{engine} {version} 需要 GPU，而本机没有。',
    remedy: '请将 {address} 设为有 GPU 的服务器的地址，或使用其他引擎。',
  },
  engine_no_gpu_build: {
    message: '{engine} {version} 需要 GPU，而本机没有。',
    remedy:
      '请运行 `{command}` 安装处理器版本，再将设置 {setting} 指向该文件夹；或将 {address} 设为已在运行的服务器的地址。',
  },
  engine_library: { message: '没有安装：{names}。', remedy: '请安装：{command}' },
  ollama_away: {
    message: '{address} 没有 Ollama 响应。',
    remedy: '请从 ollama.com 安装并运行 `ollama serve`，或设置 ollama.base_url。',
  },
  endpoints_none: {
    message: '没有设置远程端点。',
    remedy: '请在配置的 endpoints 中添加：base_url、密钥和模型。',
  },
  engine_none: { message: '这里没有能运行 {name} 的引擎。' },
  // refusals of engines
  not_made_for: { message: '{name} 不能在 {engine} 上运行。', remedy: '请选择其他引擎。' },
  format_folder: {
    message: '{engine} 运行 Hugging Face 格式的文件夹，而不是 {format}。',
    remedy: '请选择其他格式或引擎。',
  },
  format_gguf: {
    message: 'llama.cpp 运行 GGUF 格式，而不是 {format}。',
    remedy: '请选择其他格式或引擎。',
  },
  model_id_letters: { message: '模型的短名称只能用字母、数字和 . _ + -，并以字母或数字开头。' },
  gpus_heads: {
    message: '{name} 有 {heads} 个注意力头，不能由 {count} 个 GPU 分担。',
    remedy: 'GPU 数可以是 {fitting}。',
  },
  lora_one: { message: '{engine} 对一条回答只用一个适配器。', remedy: '请只写一个。' },
  gpus_few: {
    message: '只指定了 {count} 个 GPU，而副本一共需要 {wanted} 个。',
    remedy: '请多指定一些，或不指定。',
  },
  args_line: { message: '每个命令行参数占一行。' },
  args_option: { message: '不要在命令行参数中使用 {word}。', remedy: '请改用选项“{option}”。' },
  args_decided: { message: '{engine} 的 {word} 由本程序决定。', remedy: '请去掉它。' },
  option_none: { message: '{engine} 对这个模型没有选项“{field}”。', remedy: '请不要设置它。' },
  option_choice: { message: '“{field}”不能是 {value}。', remedy: '可选的有：{names}。' },
  llamacpp_cpu: {
    message: '安装的 llama.cpp 只能用处理器计算，不能设置“{field}”。',
    remedy: '请不要设置它，或安装适合您 GPU 的 xllamacpp。',
  },
  lora_none: { message: '{path} 处没有适配器。', remedy: '请检查路径。' },
  lora_unusable: { message: '无法使用适配器 {path}：{said}' },
  ollama_no_name: { message: 'Ollama 模型库中没有 {name}。', remedy: '请选择其他引擎。' },
  engine_remote: {
    message: '这个引擎是远程服务器，不在本机运行模型。',
    remedy: '请选择其他引擎。',
  },
  transformers_one_gpu: {
    message: 'Transformers 只能在一个 GPU 上运行一个模型。',
    remedy: '请将每个副本的 GPU 数设为 1 并使用多个副本，或在 vLLM 上运行。',
  },
}
