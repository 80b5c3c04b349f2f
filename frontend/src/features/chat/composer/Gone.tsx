import type { ModelInfo } from '@/api/types'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'

interface GoneProps {
  model: string
  models: ModelInfo[]
  onModel(id: string): void
}

/** Says that the chat's model does not exist here, and offers the one that would answer otherwise. */
export function Gone({ model, models, onModel }: GoneProps) {
  const t = useTranslations('composer')
  const f = useTranslations('files')
  const other = models.find(one => one.default)
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <p>{t('modelGone', { model })}</p>
      {other && (
        <Button onClick={() => onModel(other.id)}>{f('useModel', { model: other.name })}</Button>
      )}
    </div>
  )
}
