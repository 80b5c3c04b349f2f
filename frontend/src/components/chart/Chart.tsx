import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

/** What the axes say; a chart without them has none. */
interface Axes {
  value(value: number): string
  /** Of milliseconds since the epoch. */
  time(at: number): string
}

interface ChartProps {
  /** Milliseconds since the epoch, rising. */
  times: number[]
  /** One for each time; null where nothing was measured. */
  values: (number | null)[]
  look: 'line' | 'bars'
  /** In pixels. */
  height: number
  axes?: Axes
  /** The whole in words, for who does not see it. */
  label: string
  /** The pointer is at the value of this index, or has left. */
  onAt(index: number | null): void
}

/** Values over time, as a line or as bars. Drawn by uPlot, in the colours of the page. */
export function Chart({ times, values, look, height, axes, label, onAt }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(null)
  const told = useRef({ axes, onAt })
  told.current = { axes, onAt }
  const named = axes !== undefined

  useEffect(() => {
    const element = place.current
    if (!element) return
    const made = new UPlot(
      {
        width: element.clientWidth,
        height,
        ...optionsOf(look, named, told),
      },
      [[], []],
      element,
    )
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    resized.observe(element)
    // its colours are those of the moment in which it draws
    const themed = new MutationObserver(() => made.redraw(false, true))
    themed.observe(document.documentElement, { attributeFilter: ['class'] })
    return () => {
      resized.disconnect()
      themed.disconnect()
      made.destroy()
    }
  }, [look, height, named])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a plot that was made anew wants the values too
  useEffect(() => {
    plot.current?.setData([times, values])
  }, [times, values, look, height, named])

  return <div ref={place} role="img" aria-label={label} style={{ height }} />
}

const ofPage = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name)
const faded = (name: string, share: number) => `oklch(from ${ofPage(name)} l c h / ${share})`

function optionsOf(
  look: ChartProps['look'],
  named: boolean,
  told: { current: Pick<ChartProps, 'axes' | 'onAt'> },
): Omit<UPlot.Options, 'width' | 'height'> {
  const bars = look === 'bars'
  const axis: UPlot.Axis = {
    show: named,
    stroke: () => ofPage('--ink-faint'),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: () => ofPage('--line'), width: 1 },
    ticks: { show: false },
  }
  return {
    ms: 1,
    padding: named ? [12, 24, 0, 0] : [2, 0, 1, 0],
    legend: { show: false },
    tzDate: at => UPlot.tzDate(new Date(at), 'Etc/UTC'),
    cursor: { y: false, drag: { x: false, y: false }, points: { show: !bars, size: 6 } },
    scales: {
      x: {
        range: (_, from, to) => (bars ? [from - halfDay, to + halfDay] : [from, to]),
      },
      y: { range: (_, __, most) => [0, most > 0 ? UPlot.rangeNum(0, most, 0.1, true)[1] : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 72,
        size: 24,
        gap: 6,
        ...(bars && { incrs: [1, 2, 7, 14, 30, 60].map(days => days * 2 * halfDay) }),
        values: (_, places) => places.map(at => told.current.axes?.time(at) ?? ''),
      },
      {
        ...axis,
        size: 48,
        gap: 8,
        values: (_, places) => places.map(value => told.current.axes?.value(value) ?? ''),
      },
    ],
    series: [
      {},
      {
        width: bars ? 0 : 1.5,
        stroke: () => ofPage('--accent'),
        fill: () => faded('--accent', bars ? 0.75 : 0.1),
        points: { show: false },
        ...(bars &&
          UPlot.paths.bars && { paths: UPlot.paths.bars({ size: [0.85, 48], radius: 0.1 }) }),
      },
    ],
    hooks: {
      setCursor: [({ cursor }) => told.current.onAt(cursor.idx ?? null)],
    },
  }
}

const halfDay = 12 * 60 * 60 * 1000
