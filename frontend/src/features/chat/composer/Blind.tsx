import type { ModelInfo } from '@/api/types'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { sees } from '../picker/names'

interface BlindProps {
  model: ModelInfo | undefined
  models: ModelInfo[]
  onModel(id: string): void
}

const usable = ['ready', 'stopped', 'remote', 'loading', 'starting']

/** Says that the model sees no images, and offers those that do. */
export function Blind({ model, models, onModel }: BlindProps) {
  const t = useTranslations('files')
  const seeing = models
    .filter(one => one.kind === 'chat' && usable.includes(one.state) && sees(one))
    .sort((one, other) => Number(other.state === 'ready') - Number(one.state === 'ready'))
    .slice(0, 3)
  return (
    <div className="flex flex-col gap-2">
      <p>{t('seesNone', { model: model?.name ?? '' })}</p>
      {seeing.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {seeing.map(one => (
            <li key={one.id}>
              <Button onClick={() => onModel(one.id)}>{t('useModel', { model: one.name })}</Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
