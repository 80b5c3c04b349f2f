import { composer, picker, reply } from './chat.en'

/** The page's words. Other languages have the same keys (checked by the compiler). Syntax: ICU MessageFormat. */
const en = {
  app: {
    name: 'StellarChat',
    skip: 'Skip to the conversation',
    offline: 'The server does not answer. Last contact {time}.',
    offlineNever: 'The server does not answer.',
    retrying: 'Trying again…',
    crashed: 'This part of the page has failed',
    crashedRemedy:
      'Your chats are safe on the server. Reload the page; if it happens again, the text below helps to report it.',
    reload: 'Reload the page',
    notFound: 'There is nothing at this address',
    home: 'New chat',
    loading: 'Loading…',
  },
  common: {
    cancel: 'Cancel',
    close: 'Close',
    copy: 'Copy',
    copied: 'Copied',
    delete: 'Delete',
    edit: 'Edit',
    more: 'More',
    open: 'Open',
    reset: 'Reset',
    retry: 'Try again',
    save: 'Save',
    undo: 'Undo',
    failed: 'That did not work',
  },
  reply,
  composer,
  picker,
} as const

/** The shape of a language: the keys of English, any words. */
export type Messages = Words<typeof en>

type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> }

export default en
