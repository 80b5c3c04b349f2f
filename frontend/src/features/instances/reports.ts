/** What stopping gave back, kept until it has been read. */
import { create } from 'zustand'
import type { StopReport } from '@/api/control/types'

export interface Stopped {
  runId: string
  name: string
  report: StopReport
}

export const useReports = create<{ reports: Stopped[] }>(() => ({ reports: [] }))

export function tell(stopped: Stopped): void {
  useReports.setState(({ reports }) => ({
    reports: [stopped, ...reports.filter(one => one.runId !== stopped.runId)].slice(0, 3),
  }))
}

export function dismiss(runId: string): void {
  useReports.setState(({ reports }) => ({ reports: reports.filter(one => one.runId !== runId) }))
}
