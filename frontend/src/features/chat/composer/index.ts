export { AskForm, type AskFormProps } from './AskForm'
export { Composer } from './Composer'
export { moveDraft } from './drafts'
