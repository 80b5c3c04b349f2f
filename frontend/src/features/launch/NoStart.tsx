import { Link } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { useId } from 'react'
import type { CatalogModel, CatalogVariant } from '@/api/control/types'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'

interface NoStartProps {
  model: CatalogModel
  variant: CatalogVariant
  running: boolean
  onChat(variant: string): void
}

/** Stands where Start would, for those who may not start models: why, and what they can do instead. */
export function NoStart({ model, variant, running, onChat }: NoStartProps) {
  const t = useTranslations('launch')
  const note = useId()
  const here = variant.downloaded && model.kind === 'chat'
  return (
    <>
      {!(here && running) && (
        <p id={note} className="mb-2 text-ink-soft">
          {t(here ? 'noStartHere' : 'noStart')}
        </p>
      )}
      {here ? (
        <Link
          to="/"
          onClick={() => onChat(variant.id)}
          className="flex h-10 items-center justify-center rounded-sm bg-accent font-medium text-accent-ink text-reading hover:bg-accent/90 touch:h-11"
        >
          {t('chat')}
        </Link>
      ) : (
        <Button look="solid" disabled aria-describedby={note} className="h-10 w-full text-reading">
          <Play className="size-4" aria-hidden />
          {t('start')}
        </Button>
      )}
    </>
  )
}
