/** What may be a tag: `<` before a letter, unless it is `<br>` or a class diagram's `<<interface>>`. */
const tag = /<<[\w -]+>>|<br\s*\/?>|<(?=[a-z!?/])/gi

/**
 * A diagram's source with its HTML as text. Mermaid measures labels in the page itself and cleans them
 * afterwards: an `onerror` would have had its chance by then, were it not for the page's CSP.
 */
export function withoutTags(source: string): string {
  return source.replace(tag, found => (found === '<' ? '#lt;' : found))
}
