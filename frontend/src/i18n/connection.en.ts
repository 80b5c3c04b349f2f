/** The words of where a server of models is, its key and its test, fetched with them. Same keys in connection.zh-CN.ts. */
const connection = {
  connection: {
    url: 'Address',
    urlHint: 'Up to and including /v1.',
    urlBad: 'An address begins with http:// or https://.',
    key: 'Key',
    keyHint: 'Stored sealed and sent to this address alone; never shown again.',
    keyKept: 'A key is stored. Leave this empty to keep it.',
    keyMoved: 'The stored key belongs to another address. Enter the one of this address.',
    keyRemove: 'Forget the stored key',
    test: 'Test connection',
    testing: 'Testing…',
    reachable: 'Answers, {count, plural, =0 {no models} one {# model} other {# models}} in {time}',
    unreachable: 'Does not answer',
    details: 'Details',
    testFailed: 'The test did not work',
  },
} as const

type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> }

export type ConnectionWords = Words<typeof connection>

export default connection
