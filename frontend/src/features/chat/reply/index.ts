export { preloadMarkdown } from './Markdown'
export { Reply } from './Reply'
export { UserMessage } from './UserMessage'
