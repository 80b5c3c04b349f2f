/** A small chart as an SVG path. Pure. */

export interface Point {
  /** Milliseconds since the epoch. */
  at: number
  /** Null where nothing was measured. */
  value: number | null
}

export interface Shape {
  /** Of the line, in the box of width × height; gaps are left open. */
  line: string
  /** The same, closed down to the ground. */
  area: string
  /** The value at the top. */
  top: number
}

const round = (value: number) => Math.round(value * 100) / 100

/** 7 → 8, 38 → 40, 412 → 500: a top that does not jump with every sample. */
export function niceTop(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const steps = [1, 1.5, 2, 3, 4, 5, 6, 8, 10]
  return (steps.find(step => step * power >= value) ?? 10) * power
}

/** Runs of measured points: the line is broken where nothing was measured. */
function runs(points: Point[]): { at: number; value: number }[][] {
  const found: { at: number; value: number }[][] = []
  let run: { at: number; value: number }[] = []
  for (const { at, value } of points) {
    if (value !== null) run.push({ at, value })
    else if (run.length > 0) {
      found.push(run)
      run = []
    }
  }
  if (run.length > 0) found.push(run)
  return found
}

export function shapeOf(points: Point[], width: number, height: number): Shape | null {
  const measured = points.filter(point => point.value !== null)
  const first = points[0]
  const last = points.at(-1)
  if (measured.length < 2 || !first || !last || last.at === first.at) return null
  const top = niceTop(Math.max(...measured.map(point => point.value ?? 0)))
  const x = (at: number) => round(((at - first.at) / (last.at - first.at)) * width)
  const y = (value: number) => round(height - (value / top) * height)
  let line = ''
  let area = ''
  for (const run of runs(points)) {
    const [start] = run
    const end = run.at(-1)
    if (!start || !end) continue
    const path = run.map(({ at, value }) => `${x(at)},${y(value)}`).join('L')
    line += `M${path}`
    area += `M${x(start.at)},${height}L${path}L${x(end.at)},${height}Z`
  }
  return { line, area, top }
}

export interface Summary {
  now: number | null
  highest: number | null
}

export function summaryOf(points: Point[]): Summary {
  const values = points.map(point => point.value).filter(value => value !== null)
  return {
    now: points.at(-1)?.value ?? null,
    highest: values.length > 0 ? Math.max(...values) : null,
  }
}

/** The measured point that is nearest to a share (0 to 1) of the time shown. */
export function nearest(points: Point[], share: number): Point | null {
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last) return null
  const wanted = first.at + (last.at - first.at) * share
  let best: Point | null = null
  for (const point of points) {
    if (point.value === null) continue
    if (!best || Math.abs(point.at - wanted) < Math.abs(best.at - wanted)) best = point
  }
  return best
}
