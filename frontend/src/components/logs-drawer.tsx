import { useQuery } from '@tanstack/react-query'
import { useLayoutEffect, useRef } from 'react'
import { instanceLogs, modelList } from '@/api/models'
import { useTranslations } from '@/i18n'
import { setUi, useUi } from '@/lib/ui'
import { Drawer } from './drawer'

/** What a model's engine has written, at the right of a room; nothing while it is not asked for. */
export function LogsDrawer() {
  const t = useTranslations('logs')
  const drawer = useUi(ui => ui.drawer)
  const { data: models = [] } = useQuery(modelList())
  if (drawer?.what !== 'logs') return null
  const model = models.find(one => one.id === drawer.model)
  return (
    <Drawer
      broad
      title={t('title', { model: model?.name ?? drawer.model })}
      onClose={() => setUi({ drawer: null })}
    >
      <Lines runId={model?.run_id ?? null} />
    </Drawer>
  )
}

function Lines({ runId }: { runId: string | null }) {
  const t = useTranslations('logs')
  const query = useQuery(instanceLogs(runId))
  const lines = query.data ?? []
  const text = lines.join('\n')
  const box = useNewest(text)
  if (runId === null || query.isError) return <p className="text-ink-soft">{t('none')}</p>
  if (query.isPending) return null
  if (lines.length === 0) return <p className="text-ink-soft">{t('empty')}</p>
  return (
    <section
      ref={box}
      aria-label={t('lines')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus
      tabIndex={0}
      className="max-h-[60dvh] overflow-auto lg:h-full lg:max-h-none rounded-sm border border-line bg-sunken p-3 outline-offset-0"
    >
      <pre className="font-mono text-mini">
        {lines.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are plain text and hold no state
          <span key={at} className="-indent-3 block whitespace-pre-wrap break-words pb-0.5 pl-3">
            {line.replace(/ {2,}/g, ' ')}
          </span>
        ))}
      </pre>
    </section>
  )
}

/** Keeps the newest line in view unless the reader has scrolled up. */
function useNewest(text: string) {
  const box = useRef<HTMLElement>(null)
  const height = useRef(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when there is more to read
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const atEnd = element.scrollTop + element.clientHeight >= height.current - 8
    height.current = element.scrollHeight
    if (atEnd) element.scrollTop = element.scrollHeight
  }, [text])
  return box
}
