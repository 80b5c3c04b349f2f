import { useQuery } from '@tanstack/react-query'
import { useLayoutEffect, useRef } from 'react'
import { modelList } from '@/api/models'
import { useTranslations } from '@/i18n'
import { CopyButton } from './copy-button'
import { Drawer } from './drawer'
import { useLog } from './use-log'

interface LogDrawerProps {
  /** Null where nothing runs, and nothing has written. */
  runId: string | null
  name: string
  onClose(): void
}

/** What an instance's engine writes, as it writes it. */
export function LogDrawer({ runId, name, onClose }: LogDrawerProps) {
  const t = useTranslations('logs')
  return (
    <Drawer broad title={t('title', { model: name })} onClose={onClose}>
      {runId === null ? (
        <p className="text-ink-soft">{t('none')}</p>
      ) : (
        <Lines key={runId} runId={runId} />
      )}
    </Drawer>
  )
}

/** The same, of a model by its id, whatever runs it. */
export function ModelLogDrawer({ model, onClose }: { model: string; onClose(): void }) {
  const { data: models = [] } = useQuery(modelList())
  const found = models.find(one => one.id === model)
  return <LogDrawer runId={found?.run_id ?? null} name={found?.name ?? model} onClose={onClose} />
}

function Lines({ runId }: { runId: string }) {
  const t = useTranslations('logs')
  const { lines, state } = useLog(runId)
  const box = useNewest(lines)
  return (
    <div className="flex min-h-0 flex-col gap-2 lg:h-full">
      <div className="flex min-h-8 items-center justify-between gap-2">
        <p role="status" className="flex items-center gap-1.5 text-ink-soft text-mini">
          {state === 'following' && <span aria-hidden className="size-2 rounded-full bg-good" />}
          {state === 'following' && t('following')}
          {state === 'broken' && t('broken')}
          {state === 'gone' && t('gone')}
        </p>
        <CopyButton label={t('copy')} text={() => lines.join('\n')} />
      </div>
      {lines.length === 0 && state === 'following' && <p className="text-ink-soft">{t('empty')}</p>}
      {lines.length > 0 && (
        <section
          ref={box}
          aria-label={t('lines')}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
          tabIndex={0}
          className="max-h-[60dvh] min-h-0 overflow-auto rounded-sm border border-line bg-sunken p-3 lg:max-h-none lg:flex-1"
        >
          <pre className="font-mono text-mini">
            {lines.map((line, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines are plain text and hold no state
              <span key={at} className={lineLook}>
                {line.replace(/ {2,}/g, ' ')}
              </span>
            ))}
          </pre>
        </section>
      )}
    </div>
  )
}

const lineLook = '-indent-3 block whitespace-pre-wrap break-words pb-0.5 pl-3'

/** Keeps the newest line in view unless the reader has scrolled up. */
function useNewest(lines: string[]) {
  const box = useRef<HTMLElement>(null)
  const height = useRef(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when there is more to read
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const atEnd = element.scrollTop + element.clientHeight >= height.current - 8
    height.current = element.scrollHeight
    if (atEnd) element.scrollTop = element.scrollHeight
  }, [lines])
  return box
}
