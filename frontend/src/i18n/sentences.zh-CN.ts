import type { SentenceWords } from './errors.en'

const less = '请停止其他模型，或选择更小的规格、更低的量化或更短的上下文。'

export const sentences: SentenceWords = {
  invitation_none: { message: '没有这个邀请。', remedy: '请索取新的邀请。' },
  invitation_used: { message: '这个邀请已经用过了。', remedy: '请索取新的邀请。' },
  invitation_expired: { message: '这个邀请已过期。', remedy: '请索取新的邀请。' },
  account_none: { message: '这里没有您的账户。', remedy: '请联系管理员。' },
  account_suspended: { message: '这个账户已被停用。', remedy: '请联系管理员。' },
  name_wrong: { message: '这不是您的名字。', remedy: '请按显示的写法输入。' },
  password_wrong: { message: '密码不正确。', remedy: '请输入当前的密码。' },
  password_short: { message: '密码至少需要 {count} 个字符。' },
  password_long: { message: '密码最多 {count} 个字符。' },
  password_untypable: { message: '密码中有无法键入的字符。' },
  password_common: { message: '这个密码太容易被猜到。', remedy: '请换一个。' },
  too_many_tries: { message: '尝试次数过多。', remedy: '请在 {wait_seconds}后再试。' },
  oidc_too_long: { message: '这次登录不是从这里开始的，或已超时。', remedy: '请重新登录。' },
  oidc_other_browser: { message: '这次登录是在另一个浏览器中开始的。', remedy: '请重新登录。' },
  oidc_declined: { message: '{name} 没有让您登录：{reason}。', remedy: '请重新登录。' },
  oidc_domain: { message: '您的邮箱域名不允许在此登录。', remedy: '请联系管理员。' },
  oidc_silent: { message: '{name} 没有响应。', remedy: '请稍后再试，或使用密码登录。' },
  oidc_invalid: { message: '{name} 提供的身份信息无效。', remedy: '请重新登录。' },
  oidc_misconfigured: { message: '{name} 的配置有误。', remedy: '请告知管理员，或使用密码登录。' },
  limit_concurrent: { message: '您最多同时生成 {limit} 条回答。', remedy: '请等其中一条结束。' },
  limit_tokens: {
    message: '您今天已使用 {used} 个 token，上限为 {limit} 个。',
    remedy: '请明天（UTC）再来，或请管理员提高上限。',
  },
  limit_requests: {
    message: '您每分钟最多发送 {limit} 次请求。',
    remedy: '请在 {wait_seconds}后再试。',
  },
  queue_full: {
    message: '正在生成 {active} 条回答，另有 {waiting} 条在排队。',
    remedy: '请稍后再试，或选择其他模型。',
  },
  context_messages: {
    message: '对话超过了 {limit} 条消息。',
    remedy: '请总结较早的消息，或开始新对话。',
  },
  sharing_off: { message: '此处已关闭分享。', remedy: '请联系服务器的管理者。' },
  share_gone: { message: '这个链接无效，或已被收回。' },
  share_unfinished: { message: '这条回答还没写完。', remedy: '请等它结束，或以实时方式分享。' },
  share_nothing: { message: '这个对话里还没有可以分享的内容。', remedy: '请先写点什么。' },
  programs_off: { message: '此处不允许以程序作为工具服务器。', remedy: '请添加 HTTP 服务器。' },
  file_empty: { message: '文件是空的。', remedy: '请选择其他文件。' },
  file_large: {
    message: '文件超过了 {limit_bytes}。',
    remedy: '请附加更小的文件，或只附加重要的部分。',
  },
  files_full: {
    message: '您的文件将超过 {limit_bytes} 的空间。',
    remedy: '请在“设置 → 文件”中删除不再需要的文件。',
  },
  disk_full: { message: '服务器的磁盘已满。', remedy: '请腾出空间后再上传。' },
  file_unknown: {
    message: '无法读取“{name}”这种类型的文件。',
    remedy: '请附加图片、PDF、Office 文档或文本。',
  },
  file_scanned: {
    message: '“{name}”没有文本，只有页面的图像。',
    remedy: '请将页面作为图片交给能看图片的模型，或先进行文字识别（OCR）。',
  },
  file_office: {
    message: '无法读取“{name}”：没有安装读取 Office 文档的组件。',
    remedy: '请另存为 PDF，或请管理员安装。',
  },
  file_long: { message: '“{name}”的文本超过 {limit} 个字符。', remedy: '请只附加重要的部分。' },
  file_image: { message: '“{name}”不是可读取的图片。', remedy: '请另存为 PNG 或 JPEG 后再附加。' },
  file_memory: { message: '读取“{name}”需要的内存过多。', remedy: '请附加较小的部分。' },
  file_time: { message: '读取“{name}”的时间过长。', remedy: '请附加较小的部分，或重新保存。' },
  file_broken: {
    message: '“{name}”已损坏，或与扩展名不符。',
    remedy: '请打开并重新保存后再附加。',
  },
  file_locked: { message: '“{name}”有密码保护。', remedy: '请另存为没有密码的文件。' },
  file_blank: { message: '“{name}”里没有可读取的内容。', remedy: '请选择其他文件。' },
  model_blind: {
    message: '{model} 不能看图片。',
    remedy: '请选择能看图片的模型，或不带图片发送。',
  },
  import_empty: { message: '文件是空的。', remedy: '请选择导出得到的文件。' },
  import_file_large: { message: '文件超过了 {limit_bytes}。', remedy: '请分批导入。' },
  import_zip_broken: {
    message: '无法读取这个压缩包。',
    remedy: '请选择导出时的原始 zip 文件，或其中的 JSON 文件。',
  },
  import_zip_entry: { message: '压缩包中的 {name} 已损坏。', remedy: '请重新导出。' },
  import_zip_entries: {
    message: '压缩包中的条目超过 {limit} 个。',
    remedy: '请解压后选择其中的 JSON 文件。',
  },
  import_zip_files: { message: '压缩包中的 JSON 文件超过 {limit} 个。', remedy: '请分批导入。' },
  import_zip_leads_out: {
    message: '压缩包中有条目的名称指向文件夹之外。',
    remedy: '请选择导出时的原始文件。',
  },
  import_zip_no_json: {
    message: '压缩包中没有 JSON 文件。',
    remedy: '请选择其他程序导出的压缩包或 JSON 文件。',
  },
  import_zip_encrypted: { message: '压缩包有密码保护。', remedy: '请解压后选择其中的 JSON 文件。' },
  import_zip_swollen: {
    message: '压缩包解压后远大于它应有的大小。',
    remedy: '请解压后选择其中的 JSON 文件。',
  },
  import_no_list: { message: '文件既不是列表也不是对象。' },
  import_broken_json: { message: '文件不是完整的 JSON，其后的内容没有读取（{said}）。' },
  import_large: { message: '这条记录超过了 {limit_bytes}。' },
  import_large_ends: { message: '这条记录超过了 {limit_bytes}，其后的内容没有读取。' },
  import_unlike: { message: '这个对话的写法与导出它的程序不符。' },
  import_unknown: { message: '这不是 StellarChat、Open WebUI、ChatGPT 或 LibreChat 的对话。' },
  import_newer: { message: '文件的格式版本为 {version}，本程序还不能读取，请先更新。' },
  import_no_id: { message: '这个对话没有 ID。' },
  import_many_messages: { message: '这个对话有 {count} 条消息，超过了 {limit} 条的上限。' },
  import_circle: { message: '这个对话的消息首尾相连成了环。' },
  import_file: { message: '其中有一个文件已损坏。' },
  import_file_damaged: { message: '“{name}”在压缩包中已损坏。' },
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
}
