/** How fast a reply is being written, out of the numbers of its events: one token makes one event. Pure. */

interface Tick {
  /** Epoch milliseconds. */
  at: number
  seq: number
}

/** The newest moments at which something came, oldest first. */
export type Pace = readonly Tick[]

/** Only this much of the past counts, in milliseconds. */
const span = 2000
/** Less than this tells nothing yet. */
const least = 1000
/** What comes within one of these counts as one moment: a replay must not look like speed. */
const moment = 100

/** `pace` with one more tick. `firstTokenAt` is when the first token of all came. */
export function paced(pace: Pace, tick: Tick, firstTokenAt: number): Pace {
  const same = tick.at - (pace.at(-2)?.at ?? firstTokenAt) < moment
  const ticks = [...(same ? pace.slice(0, -1) : pace), tick]
  // The last one before the span stays: it is where the span begins, also for what comes slowly.
  const from = ticks.findLastIndex(one => one.at < tick.at - span)
  return from > 0 ? ticks.slice(from) : ticks
}

/** Tokens per second now; null while too little is known, and where nothing has come for long. */
export function speedOf(pace: Pace, now: number): number | null {
  const first = pace[0]
  const last = pace.at(-1)
  if (!first || !last || last.at - first.at < least) return null
  if (now - last.at > Math.max(span, last.at - first.at)) return null
  return ((last.seq - first.seq) * 1000) / (last.at - first.at)
}
