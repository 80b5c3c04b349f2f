/** The words of a note to a rating, fetched with it. Same keys in rating.zh-CN.ts. */
const rating = {
  rating: {
    up: 'What was good?',
    down: 'What was wrong?',
    correct: 'Correct',
    helpful: 'Helpful',
    clear: 'Clear',
    creative: 'Creative',
    followed: 'Did as asked',
    incorrect: 'Not correct',
    incomplete: 'Not complete',
    ignored: 'Not what I asked',
    unclear: 'Not clear',
    too_long: 'Too long',
    refused: 'Refused without need',
    unsafe: 'Harmful',
    slow: 'Too slow',
    other: 'Something else',
    comment: 'In your own words (optional)',
    seen: 'Administrators of this server see your rating, this reply and the message it answers.',
    send: 'Send',
  },
} as const

type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> }

export type RatingWords = Words<typeof rating>

export default rating
