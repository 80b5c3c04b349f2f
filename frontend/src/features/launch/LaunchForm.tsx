import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ChevronRight, Download, Play, RotateCcw } from 'lucide-react'
import { useId } from 'react'
import { engineList } from '@/api/control/catalogue'
import { launchChoice } from '@/api/control/launch'
import type {
  CatalogModel,
  CatalogVariant,
  LaunchField,
  LaunchOptions,
  RunningInstance,
  StartRequest,
} from '@/api/control/types'
import { useDownload } from '@/api/models'
import { Button } from '@/components/button'
import { toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { formatBytes } from '@/lib/format'
import { infoOf, Problem } from '../platform/States'
import { EngineChoice } from './EngineChoice'
import { FitPanel } from './FitPanel'
import { bodyOf, isUsual, readAll, type Values, variantsOf } from './form'
import { NoStart } from './NoStart'
import { OptionField } from './OptionField'
import { FormChoice, SizeChoice } from './VariantChoice'

/** What a person has chosen; no engine: the best one. */
export interface Draft {
  variant: string
  engine: string | null
  values: Values
}

interface LaunchFormProps {
  model: CatalogModel
  variant: CatalogVariant
  /** Of this variant, where it runs. */
  instance: RunningInstance | undefined
  draft: Draft
  onChange(draft: Draft): void
  /** Left out for those who may not start models. */
  onStart?: (body: StartRequest) => void
  onChat(variant: string): void
}

/** Everything that a launch may be told. Empty fields leave the choice to the engine. */
export function LaunchForm(props: LaunchFormProps) {
  const { model, variant, instance, draft, onChange, onStart, onChat } = props
  const t = useTranslations('launch')
  const locale = useLocale()
  const formId = useId()
  const choice = useQuery(launchChoice(variant.id, draft.engine))
  const engines = useQuery(engineList()).data
  const fields = choice.data?.fields ?? []
  const { options, problems } = readAll(fields, draft.values)
  const body = bodyOf(variant, draft.engine, options)
  const bad = Object.keys(problems).length > 0
  const engine = engines?.find(one => one.name === (draft.engine ?? choice.data?.engine))
  const size = variant.size_bytes
  const running = instance?.state === 'ready'
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change })
  const kept = (next: CatalogVariant) =>
    draft.engine && next.engines.includes(draft.engine) ? draft.engine : null
  return (
    <form
      id={formId}
      onSubmit={event => {
        event.preventDefault()
        if (!bad) onStart?.(body)
      }}
      className="flex flex-col gap-6"
    >
      <SizeChoice
        model={model}
        variant={variant}
        onChange={next => set({ variant: next.id, engine: kept(next), values: {} })}
      />
      <FormChoice
        variants={variantsOf(model, variant.size ?? '')}
        variant={variant}
        onChange={next => set({ variant: next.id, engine: kept(next) })}
      />
      <EngineChoice
        names={variant.engines}
        engines={engines}
        chosen={draft.engine}
        settled={choice.data?.engine ?? null}
        onChange={next => set({ engine: next })}
      />
      {choice.isError && (
        <Problem error={infoOf(choice.error, t('optionsFailed'))} label={t('optionsFailed')} />
      )}
      {engine?.usable !== false && (
        <FitPanel
          body={bad ? null : body}
          variant={variant}
          model={model}
          fields={fields}
          onOption={(name, value) => set({ values: { ...draft.values, [name]: value } })}
          onVariant={next => set({ variant: next.id, engine: kept(next) })}
        />
      )}
      {onStart && choice.data && (
        <Options
          key={choice.data.engine}
          fields={fields}
          defaults={choice.data.defaults}
          values={draft.values}
          problems={problems}
          onChange={values => set({ values })}
        />
      )}
      <div className="sticky -bottom-6 z-10 -mx-5 -mb-6 border-line border-t px-5 py-3">
        <div className="absolute inset-0 -z-10 bg-ground max-lg:bg-raised" aria-hidden />
        {onStart ? (
          <>
            {running && <p className="mb-2 text-ink-soft text-mini">{t('running')}</p>}
            <Button
              look="solid"
              type="submit"
              disabled={bad || engine?.usable === false}
              className="h-10 w-full text-reading"
            >
              {!variant.downloaded && size ? (
                <>
                  <Download className="size-4" aria-hidden />
                  {t('startSize', { size: formatBytes(size, locale) })}
                </>
              ) : (
                <>
                  <Play className="size-4" aria-hidden />
                  {running ? t('restart') : t('start')}
                </>
              )}
            </Button>
            {!variant.downloaded && size !== null && engine?.launches && (
              <FetchOnly variant={variant} />
            )}
          </>
        ) : (
          <NoStart model={model} variant={variant} running={running} onChat={onChat} />
        )}
      </div>
    </form>
  )
}

/** For those who want the weights now and the model later. */
function FetchOnly({ variant }: { variant: CatalogVariant }) {
  const t = useTranslations('launch')
  const download = useDownload()
  const navigate = useNavigate()
  return (
    <Button
      look="plain"
      className="mt-1 w-full"
      disabled={download.isPending}
      onClick={() =>
        download.mutate(
          { kind: 'start', modelId: variant.id },
          {
            onSuccess: () => navigate({ to: '/downloads' }),
            onError: error => toastError(error, t('fetchFailed')),
          },
        )
      }
    >
      {t('fetchOnly')}
    </Button>
  )
}

interface OptionsProps {
  fields: LaunchField[]
  defaults: LaunchOptions | null
  values: Values
  problems: ReturnType<typeof readAll>['problems']
  onChange(values: Values): void
}

/** The engine's own options: the usual ones, and the rest folded. */
function Options({ fields, defaults, values, problems, onChange }: OptionsProps) {
  const t = useTranslations('launch')
  const known = fields.filter(field => t.has(`fields.${field.name}` as 'fields.slots'))
  const folded = known.filter(field => !isUsual(field))
  const set = folded.filter(field => values[field.name]?.trim()).length
  const given = Object.values(values).some(value => value.trim() !== '')
  const draw = (field: LaunchField) => (
    <OptionField
      key={field.name}
      field={field}
      defaults={defaults}
      value={values[field.name] ?? ''}
      problem={problems[field.name]}
      onChange={value => onChange({ ...values, [field.name]: value })}
    />
  )
  if (known.length === 0) return <p className="text-ink-soft">{t('noOptions')}</p>
  return (
    <fieldset className="min-w-0">
      <legend className="sr-only">{t('options')}</legend>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(11rem,100%),1fr))] gap-x-4 gap-y-4">
        {known.filter(isUsual).map(draw)}
      </div>
      {folded.length > 0 && (
        <details className="group mt-3">
          <summary className="-mx-2 flex min-h-9 cursor-pointer list-none items-center gap-1.5 rounded-sm px-2 font-medium hover:bg-hover touch:min-h-11">
            <ChevronRight
              aria-hidden
              className="size-4 text-ink-faint transition-transform group-open:rotate-90"
            />
            {t('advanced', { count: folded.length })}
            {set > 0 && <span className="text-accent">{t('chosen', { count: String(set) })}</span>}
          </summary>
          <div className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(min(11rem,100%),1fr))] gap-x-4 gap-y-4">
            {folded.map(draw)}
          </div>
        </details>
      )}
      {given && (
        <Button look="plain" className="mt-3 -ml-3" onClick={() => onChange({})}>
          <RotateCcw className="size-4" aria-hidden />
          {t('reset')}
        </Button>
      )}
    </fieldset>
  )
}
