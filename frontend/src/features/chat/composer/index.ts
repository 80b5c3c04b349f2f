export { AskForm } from './AskForm'
export { Composer } from './Composer'
export { moveDraft } from './drafts'
