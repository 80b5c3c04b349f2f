import type { DeviceWords } from './device.en'

const device: DeviceWords = {
  own: {
    title: '自己的端点',
    intro: '别处的模型，使用 OpenAI 接口和您自己的密钥。只有您能看到它、与它对话。',
    model: '模型',
    modelHint: '它在那里的名称。测试连接后可从列表中选择。',
    save: '保存',
    saved: '已保存。{model} 已在您的模型列表中。',
    remove: '移除',
    removed: '已移除自己的端点',
    sure: '移除 {model} 及其密钥？对话内容会保留。',
    failed: '操作没有成功',
  },
  notices: {
    title: '这台设备',
    notify: '回答完成时通知我',
    notifyHint: '当页面在后台、较长的回答结束时。',
    blocked: '浏览器禁止了本页的通知，请在浏览器的网站设置中允许。',
    unsupported: '这个浏览器不支持本页的通知。',
    sound: '同时播放提示音',
    install: '安装',
    installHint: '让 StellarChat 像其他程序一样，在自己的窗口中启动。',
    installed: '已安装',
    installElsewhere: '请使用浏览器菜单：“安装”或“添加到主屏幕”。',
  },
  voice: {
    title: '语音',
    dictation: '听写语言',
    automatic: '与页面相同',
    dictationHint: '由浏览器把语音转成文字；有的浏览器会把语音发送给它的厂商。',
    noDictation: '这个浏览器不支持语音转文字。',
    english: '英文朗读声音',
    chinese: '中文朗读声音',
    anyVoice: '由系统选择',
    rate: '朗读速度',
    rateValue: '{rate}×',
    sample: '试听',
    noReading: '这个浏览器不支持朗读。',
  },
}

export default device
