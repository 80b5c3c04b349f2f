import { Wrench } from 'lucide-react'
import { Popover } from 'radix-ui'
import { lazy, Suspense, useState } from 'react'
import { chosenTools } from '@/api/tools'
import type { GenerationParams, ModelInfo } from '@/api/types'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { callsTools } from '../picker/names'

const ToolsPanel = lazy(() => import('./ToolsPanel'))

interface ToolsButtonProps {
  params: GenerationParams
  onParams(params: GenerationParams): void
  model: ModelInfo | undefined
  /** Attach what a server lets one read. */
  onFiles(files: File[]): void
}

/** Which tools are on in the chat. */
export function ToolsButton({ params, onParams, model, onFiles }: ToolsButtonProps) {
  const t = useTranslations('tools')
  const [open, setOpen] = useState(false)
  const count = chosenTools(params).length
  const on = count > 0 && callsTools(model)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <IconButton
          label={on ? t('buttonOn', { count }) : t('button')}
          side="top"
          className={cn(on && 'bg-accent-wash text-accent hover:text-accent')}
        >
          <Wrench aria-hidden className="size-4" />
        </IconButton>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          side="top"
          sideOffset={6}
          collisionPadding={8}
          aria-label={t('title')}
          className="z-50 max-h-[min(26rem,var(--radix-popover-content-available-height))] w-80 max-w-[calc(100vw-1rem)] overflow-y-auto rounded-md border border-line bg-raised p-3 text-control shadow-float outline-none"
        >
          <Suspense fallback={<p className="text-ink-soft">{t('loading')}</p>}>
            <ToolsPanel
              params={params}
              onParams={onParams}
              model={model}
              onFiles={files => {
                onFiles(files)
                // what was attached stands below it
                setOpen(false)
              }}
            />
          </Suspense>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
