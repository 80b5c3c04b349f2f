import { fieldLook } from '@/components/field'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatNumber } from '@/lib/format'
import { Labelled, TextArea } from '../platform/Form'
import { type Drafts, isBad, numberFields } from './sampling'

const words = {
  temperature: 'temperature',
  max_tokens: 'maxTokens',
  top_p: 'topP',
  top_k: 'topK',
  min_p: 'minP',
  repeat_penalty: 'repeatPenalty',
  seed: 'seed',
} as const

interface ParametersProps {
  drafts: Drafts
  /** The model can think first. */
  thinks: boolean
  onChange(drafts: Drafts): void
}

/** How the model is asked; an empty field leaves the choice to the engine. */
export function Parameters({ drafts, thinks, onChange }: ParametersProps) {
  const t = useTranslations('playground')
  const platform = useTranslations('platform')
  const locale = useLocale()
  const set = (name: string, value: string) => onChange({ ...drafts, [name]: value })
  return (
    <section aria-label={t('parameters')} className="rounded-md border border-line bg-raised p-4">
      <h2 className="mb-2 font-medium">{t('parameters')}</h2>
      <div className="grid grid-cols-2 gap-x-3 gap-y-2.5">
        {numberFields.map(field => {
          const value = drafts[field.name] ?? ''
          const between = t('between', {
            minimum: formatNumber(field.minimum, locale, 2),
            maximum: formatNumber(field.maximum, locale),
          })
          return (
            <Labelled
              key={field.name}
              label={t(words[field.name])}
              error={isBad(field, value) ? between : null}
            >
              {ids => (
                <input
                  {...ids}
                  value={value}
                  inputMode={field.whole ? 'numeric' : 'decimal'}
                  autoComplete="off"
                  placeholder={platform('automatic')}
                  onChange={event => set(field.name, event.target.value)}
                  className={cn(fieldLook, 'tabular')}
                />
              )}
            </Labelled>
          )
        })}
        {thinks && (
          <Labelled label={t('think')}>
            {ids => (
              <select
                {...ids}
                value={drafts.thinking ?? ''}
                onChange={event => set('thinking', event.target.value)}
                className={fieldLook}
              >
                <option value="">{platform('automatic')}</option>
                <option value="true">{t('on')}</option>
                <option value="false">{t('off')}</option>
              </select>
            )}
          </Labelled>
        )}
        <div className="col-span-2">
          <Labelled label={t('stopWords')} hint={t('stopHint')}>
            {ids => (
              <TextArea
                {...ids}
                rows={1}
                value={drafts.stop ?? ''}
                onChange={event => set('stop', event.target.value)}
              />
            )}
          </Labelled>
        </div>
      </div>
    </section>
  )
}
