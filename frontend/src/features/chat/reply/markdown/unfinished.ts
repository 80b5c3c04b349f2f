import { createContext } from 'react'

/** Whether what is drawn is still being written: no diagrams, colours or errors yet. */
export const Unfinished = createContext(false)
