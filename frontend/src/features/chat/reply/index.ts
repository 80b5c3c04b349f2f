export { preloadMarkdown } from './Markdown'
export { Reply } from './Reply'
export { Summary } from './Summary'
export { UserMessage } from './UserMessage'
