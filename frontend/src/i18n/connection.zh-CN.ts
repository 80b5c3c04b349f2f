import type { ConnectionWords } from './connection.en'

const connection: ConnectionWords = {
  connection: {
    url: '地址',
    urlHint: '写到 /v1 为止。',
    urlBad: '地址以 http:// 或 https:// 开头。',
    key: '密钥',
    keyHint: '加密保存，只发送给这个地址，不再显示。',
    keyKept: '已保存密钥。留空则保留。',
    keyMoved: '保存的密钥属于另一个地址，请输入这个地址的密钥。',
    keyRemove: '删除保存的密钥',
    test: '测试连接',
    testing: '正在测试…',
    reachable: '有响应，{count, plural, =0 {没有模型} other {# 个模型}}，用时 {time}',
    unreachable: '没有响应',
    details: '详情',
    testFailed: '测试没有成功',
  },
}

export default connection
