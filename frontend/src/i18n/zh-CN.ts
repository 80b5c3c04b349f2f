import { composer, picker, reply } from './chat.zh-CN'
import type { Messages } from './en'

const zh: Messages = {
  app: {
    name: 'StellarChat',
    skip: '跳到对话',
    offline: '服务器没有响应。上次联系：{time}。',
    offlineNever: '服务器没有响应。',
    retrying: '正在重试…',
    crashed: '页面的这一部分出错了',
    crashedRemedy:
      '您的对话安全地保存在服务器上。请重新加载页面；如果再次出现，下面的文字有助于报告问题。',
    reload: '重新加载',
    notFound: '这个地址下没有内容',
    home: '新对话',
    loading: '正在加载…',
  },
  common: {
    cancel: '取消',
    close: '关闭',
    copy: '复制',
    copied: '已复制',
    delete: '删除',
    edit: '编辑',
    more: '更多',
    open: '打开',
    reset: '重置',
    retry: '重试',
    save: '保存',
    undo: '撤销',
    failed: '操作没有成功',
  },
  reply,
  composer,
  picker,
}

export default zh
