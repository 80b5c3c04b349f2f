import { create } from 'zustand'
import type { FilePart } from '@/api/types'

/** What floats over the rooms. Kept out of the address: a reload closes it. */
interface Ui {
  palette: boolean
  shortcuts: boolean
  /** The sidebar as a sheet, on phones. */
  sheet: boolean
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
  drawer: null,
}))

export const setUi = useUi.setState
