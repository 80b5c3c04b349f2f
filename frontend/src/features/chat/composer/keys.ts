/** What a key press in a text box means. */

type KeyPress = Pick<
  KeyboardEvent,
  'key' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey' | 'isComposing' | 'keyCode'
>

/**
 * Whether a key press is an input method's: it chooses a word and must do nothing else. Safari ends the
 * composition before its last key press, which then only the old code 229 gives away.
 */
export function isComposing(event: KeyPress): boolean {
  return event.isComposing || event.keyCode === 229
}

/** Enter sends; Shift-Enter breaks the line; an input method's Enter does neither. */
export function isSending(event: KeyPress): boolean {
  if (event.key !== 'Enter' || isComposing(event)) return false
  return !event.shiftKey && !event.altKey
}
