/** Fetch what draws messages before it is needed: while a chat is being read, or a person begins to type. */
export function preloadReplies(): void {
  import('./reply').then(reply => reply.preloadMarkdown()).catch(() => undefined)
}
