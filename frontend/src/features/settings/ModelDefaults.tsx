import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import { modelList } from '@/api/models'
import { settings, useChangeSettings } from '@/api/settings'
import type { GenerationParams } from '@/api/types'
import { fieldLook } from '@/components/field'
import { ParamsForm } from '@/components/params-form'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'

/** Parameters that one model has in every chat that does not say otherwise. */
export function ModelDefaults() {
  const t = useTranslations('settings')
  const common = useTranslations('common')
  const id = useId()
  const kept = useQuery(settings()).data?.model_params ?? {}
  const { data } = useQuery(modelList())
  const change = useChangeSettings()
  const [model, setModel] = useState('')
  const models = data?.filter(one => one.kind === 'chat' && one.state !== 'not_downloaded') ?? []
  const names = new Map(models.map(one => [one.id, one.name]))
  for (const known of Object.keys(kept)) if (!names.has(known)) names.set(known, known)
  const save = (params: GenerationParams) =>
    change.mutate(
      // Null removes a model; the others are not touched.
      { model_params: { [model]: Object.keys(params).length > 0 ? params : null } },
      { onError: error => toastError(error, common('failed')) },
    )
  return (
    <details className="group">
      <summary className="-mx-2 flex min-h-9 cursor-pointer list-none items-center gap-2 rounded-sm px-2 font-medium hover:bg-hover touch:min-h-11">
        <ChevronRight
          aria-hidden
          className="size-4 text-ink-faint transition-transform group-open:rotate-90"
        />
        {t('modelParams')}
      </summary>
      <div className="flex flex-col gap-4 pt-3">
        <div>
          <label htmlFor={id} className="mb-1 block font-medium">
            {t('model')}
          </label>
          <select
            id={id}
            value={model}
            onChange={event => setModel(event.target.value)}
            className={fieldLook}
          >
            <option value="">{t('chooseModel')}</option>
            {[...names].map(([value, name]) => (
              <option key={value} value={value}>
                {kept[value] ? t('modelWithParams', { name }) : name}
              </option>
            ))}
          </select>
        </div>
        {model !== '' && (
          <ParamsForm
            key={model}
            params={kept[model] ?? {}}
            systemPrompt={null}
            note={t('modelParamsNote')}
            onChange={({ params }) => params && save(params)}
          />
        )}
      </div>
    </details>
  )
}
