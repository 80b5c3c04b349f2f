import type { RatingWords } from './rating.en'

const rating: RatingWords = {
  rating: {
    up: '好在哪里？',
    down: '哪里不好？',
    correct: '正确',
    helpful: '有帮助',
    clear: '清楚',
    creative: '有创意',
    followed: '按要求完成',
    incorrect: '不正确',
    incomplete: '不完整',
    ignored: '没有按要求',
    unclear: '不清楚',
    too_long: '太长',
    refused: '无故拒绝',
    unsafe: '有害',
    slow: '太慢',
    other: '其他',
    comment: '用自己的话说明（可选）',
    seen: '这台服务器的管理员会看到您的评价、这条回答以及它所回答的消息。',
    send: '发送',
  },
}

export default rating
