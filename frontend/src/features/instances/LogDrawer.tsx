import { useLayoutEffect, useRef } from 'react'
import { Drawer } from '@/components/drawer'
import { CopyButton } from '@/features/chat/reply/CopyButton'
import { useTranslations } from '@/i18n'
import { useLog } from './useLog'

interface LogDrawerProps {
  runId: string
  name: string
  onClose(): void
}

/** What an instance's engine writes, as it writes it. */
export function LogDrawer({ runId, name, onClose }: LogDrawerProps) {
  const t = useTranslations('instances')
  const { lines, state } = useLog(runId)
  const box = useNewest(lines)
  return (
    <Drawer broad title={t('logsOf', { model: name })} onClose={onClose}>
      <div className="flex min-h-0 flex-col gap-2 lg:h-full">
        <div className="flex min-h-8 items-center justify-between gap-2">
          <p role="status" className="flex items-center gap-1.5 text-ink-soft text-mini">
            {state === 'following' && <span aria-hidden className="size-2 rounded-full bg-good" />}
            {state === 'following' && t('following')}
            {state === 'broken' && t('logBroken')}
            {state === 'gone' && t('logGone')}
          </p>
          <CopyButton label={t('copyLog')} text={() => lines.join('\n')} />
        </div>
        {lines.length === 0 && state === 'following' && (
          <p className="text-ink-soft">{t('logEmpty')}</p>
        )}
        {lines.length > 0 && (
          <section
            ref={box}
            aria-label={t('logLines')}
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
    </Drawer>
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
