import type { UsageLine } from '@/api/administration'

export interface Day {
  day: string
  tokens: number
  requests: number
}

const dayMs = 24 * 60 * 60 * 1000

/** The day, in UTC, that lies so many days before another moment. */
export function dayBefore(now: number, days: number): string {
  return new Date(now - days * dayMs).toISOString().slice(0, 10)
}

/** Every day from the first to the last, with what was used; days without a line are there too. */
export function daysOf(lines: readonly UsageLine[], from: string, to: string): Day[] {
  const found = new Map<string, Day>()
  for (let at = Date.parse(from); at <= Date.parse(to); at += dayMs) {
    const day = new Date(at).toISOString().slice(0, 10)
    found.set(day, { day, tokens: 0, requests: 0 })
  }
  for (const line of lines) {
    const day = line.day === null ? undefined : found.get(line.day)
    if (!day) continue
    day.tokens += line.prompt_tokens + line.completion_tokens
    day.requests += line.requests
  }
  return [...found.values()]
}
