export { Composer } from './Composer'
export { moveDraft } from './drafts'
