import { type PointerEvent, useState } from 'react'
import { useFormatter, useTranslations } from '@/i18n'
import { nearest, type Point, shapeOf, summaryOf } from './sparkline'

const width = 240
const height = 44

interface SparklineProps {
  name: string
  points: Point[]
  /** A value in words, with its unit. */
  show(value: number): string
}

/** A line of what has been: its name and last value above; what the pointer is at, instead. */
export function Sparkline({ name, points, show }: SparklineProps) {
  const t = useTranslations('instances')
  const format = useFormatter()
  const [at, setAt] = useState<Point | null>(null)
  const shape = shapeOf(points, width, height)
  const { now, highest } = summaryOf(points)
  const said =
    highest === null
      ? t('chartNothing', { name })
      : t('chartNow', { name, now: now === null ? '–' : show(now), highest: show(highest) })
  const point = at ?? null
  const time =
    point &&
    format.dateTime(new Date(point.at), {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
  const value = point ? point.value : now
  const moved = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    setAt(nearest(points, (event.clientX - box.left) / box.width))
  }
  return (
    <figure className="rounded-sm bg-sunken px-3 pt-2 pb-2.5">
      <figcaption className="tabular flex justify-between gap-3 text-mini">
        <span className="truncate text-ink-soft">{name}</span>
        <span className="shrink-0">
          {time && <span className="mr-1.5 text-ink-faint">{time}</span>}
          {value === null ? (
            <span className="text-ink-faint">{highest === null ? t('noChart') : '–'}</span>
          ) : (
            <span className="font-medium">{show(value)}</span>
          )}
        </span>
      </figcaption>
      <div
        role="img"
        aria-label={said}
        onPointerMove={moved}
        onPointerLeave={() => setAt(null)}
        className="relative mt-1.5 h-11"
      >
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
          className="h-full w-full overflow-visible"
        >
          <line
            x1={0}
            x2={width}
            y1={height}
            y2={height}
            className="stroke-line-strong"
            vectorEffect="non-scaling-stroke"
          />
          {shape && (
            <>
              <path d={shape.area} className="fill-accent/10" />
              <path
                d={shape.line}
                fill="none"
                strokeWidth={1.5}
                strokeLinejoin="round"
                vectorEffect="non-scaling-stroke"
                className="stroke-accent"
              />
            </>
          )}
        </svg>
        {point && points.length > 1 && (
          <span
            aria-hidden
            className="absolute inset-y-0 w-px bg-ink-faint"
            style={{ left: `${shareOf(points, point) * 100}%` }}
          />
        )}
      </div>
    </figure>
  )
}

function shareOf(points: Point[], point: Point): number {
  const from = points[0]?.at ?? point.at
  const to = points.at(-1)?.at ?? point.at
  return to === from ? 1 : (point.at - from) / (to - from)
}
