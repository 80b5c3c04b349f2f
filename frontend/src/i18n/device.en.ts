/**
 * The words of what belongs to one person or one device: the own endpoint, notices, voice, the installed
 * page. They are fetched with the settings. Same keys in device.zh-CN.ts.
 */
const device = {
  own: {
    title: 'Own endpoint',
    intro:
      'A model elsewhere that speaks OpenAI’s API, with a key of yours. Only you see it and can talk to it.',
    model: 'Model',
    modelHint: 'Its name there. Test the connection to choose from a list.',
    save: 'Save',
    saved: 'Saved. {model} is in your list of models.',
    remove: 'Remove',
    removed: 'The own endpoint is removed',
    sure: 'Remove {model} and its key? Chats keep what was said.',
    failed: 'That did not work',
  },
  notices: {
    title: 'On this device',
    notify: 'Notify me of finished answers',
    notifyHint: 'When a long answer ends while the page is in the background.',
    blocked:
      'The browser blocks notifications of this page. Allow them in its settings of the page.',
    unsupported: 'This browser has no notifications for this page.',
    sound: 'With a sound',
    install: 'Install',
    installHint: 'StellarChat in a window of its own, started like any other program.',
    installed: 'Installed',
    installElsewhere: 'Use the browser’s menu: Install, or Add to Home Screen.',
  },
  voice: {
    title: 'Voice',
    dictation: 'Language of dictation',
    automatic: 'As the page',
    dictationHint: 'The browser turns speech into text; some browsers send it to their maker.',
    noDictation: 'This browser does not turn speech into text.',
    english: 'Voice for English',
    chinese: 'Voice for Chinese',
    anyVoice: 'The system’s choice',
    rate: 'Speed of reading',
    rateValue: '{rate}×',
    sample: 'Listen',
    noReading: 'This browser cannot read aloud.',
  },
} as const

type Text<T> = { readonly [K in keyof T]: T[K] extends string ? string : Text<T[K]> }

export type DeviceWords = Text<typeof device>

export default device
