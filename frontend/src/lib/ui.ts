import { create } from 'zustand'
import type { FilePart } from '@/api/types'

/** What floats over the rooms. Kept out of the address: a reload closes it. */
interface Ui {
  palette: boolean
  shortcuts: boolean
  /** The sidebar as a sheet, on phones. */
  sheet: boolean
  /** The chat that is being shared, down to one message where that is named. */
  share: { chatId: string; messageId?: string } | null
  /** Whose tags are being chosen. */
  tagging: { ids: string[]; title?: string; tags: string[] } | null
  /** The room's drawer. */
  drawer:
    | { what: 'params' }
    | { what: 'details'; messageId: string }
    | { what: 'logs'; model: string }
    | { what: 'file'; file: FilePart }
    | null
}

export const useUi = create<Ui>(() => ({
  palette: false,
  shortcuts: false,
  sheet: false,
  share: null,
  tagging: null,
  drawer: null,
}))

export const setUi = useUi.setState
