import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { inspect, useAddModel } from '@/api/control/catalogue'
import type { Inspected, InspectedFile, Origin } from '@/api/control/types'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toast } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { engineName } from '@/lib/engines'
import { formatBytes, formatNumber, formatParameters } from '@/lib/format'
import { Choice } from '../platform/Choice'
import { Labelled } from '../platform/Form'
import { Sheet } from '../platform/Sheet'
import { infoOf, Problem } from '../platform/States'
import { idOf, isId, nameOf, originOf, type Source, sources } from './origin'

interface AddModelProps {
  onClose(): void
  onAdded(id: string): void
}

/** Adds a model of one's own: look at a place, choose a file of it, name it. */
export default function AddModel({ onClose, onAdded }: AddModelProps) {
  const t = useTranslations('add')
  const [source, setSource] = useState<Source>('hf')
  const [place, setPlace] = useState('')
  const look = useMutation({ mutationFn: (origin: Origin) => inspect(origin) })
  const origin = originOf(source, place)
  const looks = source !== 'ollama'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (origin && looks) look.mutate(origin)
  }
  const added = (id: string) => {
    onClose()
    onAdded(id)
  }
  return (
    <Sheet title={t('title')} intro={t('intro')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Choice
          label={t('from')}
          className="max-md:grid max-md:w-full max-md:grid-cols-2"
          value={source}
          options={sources.map(one => ({ value: one, label: t(one) }))}
          onChange={next => {
            setSource(next)
            look.reset()
          }}
        />
        <Labelled label={t(`${source}Label`)} hint={t(`${source}Hint`)}>
          {ids => (
            <div className="flex gap-2">
              <input
                {...ids}
                value={place}
                placeholder={t(`${source}Placeholder`)}
                autoComplete="off"
                spellCheck={false}
                onChange={event => {
                  setPlace(event.target.value)
                  look.reset()
                }}
                className={fieldLook}
              />
              {looks && (
                <Button type="submit" className="h-9" disabled={!origin || look.isPending}>
                  {look.isPending ? t('inspecting') : t('inspect')}
                </Button>
              )}
            </div>
          )}
        </Labelled>
      </form>
      {look.isError && (
        <Problem
          error={infoOf(look.error, t('addFailed'))}
          label={t('addFailed')}
          className="mt-4"
        />
      )}
      {look.data && look.variables && (
        <Found key={place} origin={look.variables} found={look.data} onAdded={added} />
      )}
      {!looks && origin && <Found key={place} origin={origin} found={null} onAdded={added} />}
    </Sheet>
  )
}

interface FoundProps {
  origin: Origin
  /** Null where it cannot be looked at. */
  found: Inspected | null
  onAdded(id: string): void
}

/** What is there, and the last choices. */
function Found({ origin, found, onAdded }: FoundProps) {
  const t = useTranslations('add')
  const add = useAddModel()
  const [file, setFile] = useState<InspectedFile | null>(found?.files[0] ?? null)
  const [name, setName] = useState(found?.name || nameOf(origin))
  const [id, setId] = useState(idOf(found?.name || nameOf(origin)))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate(
      { id, name: name.trim(), origin, found, file },
      {
        onSuccess: () => {
          toast({ title: t('added', { name }) })
          onAdded(id)
        },
      },
    )
  }
  return (
    <form onSubmit={submit} className="mt-5 flex flex-col gap-4 border-line border-t pt-4">
      {found ? (
        <>
          <Facts found={found} />
          {found.gated && <p className="text-ink-soft">{t('gated')}</p>}
          {found.remote_code && <p className="text-bad">{t('remoteCode')}</p>}
          {found.engines.length === 0 && <p className="text-bad">{t('nothing')}</p>}
          {found.files.length > 1 && <Files files={found.files} file={file} onChange={setFile} />}
        </>
      ) : (
        <p className="text-ink-soft">{t('ollamaNote')}</p>
      )}
      <Labelled label={t('name')}>
        {ids => (
          <input
            {...ids}
            value={name}
            maxLength={120}
            autoComplete="off"
            onChange={event => setName(event.target.value)}
            className={fieldLook}
          />
        )}
      </Labelled>
      <Labelled label={t('id')} hint={t('idHint')} error={id && !isId(id) ? t('idBad') : null}>
        {ids => (
          <input
            {...ids}
            value={id}
            maxLength={120}
            autoComplete="off"
            spellCheck={false}
            onChange={event => setId(event.target.value)}
            className={fieldLook}
          />
        )}
      </Labelled>
      {add.isError && <Problem error={infoOf(add.error, t('addFailed'))} label={t('addFailed')} />}
      <Button
        look="solid"
        type="submit"
        className="self-end"
        disabled={!isId(id) || name.trim() === '' || add.isPending}
      >
        {t('add')}
      </Button>
    </form>
  )
}

function Facts({ found }: { found: Inspected }) {
  const t = useTranslations('add')
  const catalogue = useTranslations('catalogue')
  const locale = useLocale()
  const kind = (['chat', 'embedding', 'rerank'] as const).find(one => one === found.kind)
  const abilities = (['tools', 'vision', 'thinking'] as const)
    .filter(one => found.capabilities.includes(one))
    .map(one => catalogue(one))
  const rows: [string, string][] = [[t('kind'), kind ? catalogue(kind) : found.kind]]
  if (found.parameters) rows.push([t('parameters'), formatParameters(found.parameters)])
  if (found.context_length) {
    const tokens = formatNumber(found.context_length, locale)
    rows.push([t('context'), t('tokens', { tokens })])
  }
  if (abilities.length > 0) rows.push([t('abilities'), abilities.join(', ')])
  if (found.engines.length > 0) {
    rows.push([t('engines'), found.engines.map(engineName).join(', ')])
  }
  return (
    <div>
      <h3 className="font-medium">{t('found')}</h3>
      <dl className="tabular mt-1 grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
        {rows.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-ink-soft">{label}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

interface FilesProps {
  files: InspectedFile[]
  file: InspectedFile | null
  onChange(file: InspectedFile): void
}

function Files({ files, file, onChange }: FilesProps) {
  const t = useTranslations('add')
  const locale = useLocale()
  return (
    <fieldset>
      <legend className="mb-1 font-medium">{t('files')}</legend>
      <div className="max-h-60 overflow-y-auto rounded-sm border border-line">
        {files.map(one => (
          <label
            key={one.file}
            className="flex min-h-9 cursor-pointer items-center gap-2.5 border-line border-b px-3 py-1 last:border-0 hover:bg-hover touch:min-h-11"
          >
            <input
              type="radio"
              name="file"
              checked={one === file}
              onChange={() => onChange(one)}
              className="accent-accent"
            />
            <span className="min-w-0 flex-1 break-all">{one.file || t('wholeRepo')}</span>
            <span className="tabular shrink-0 text-ink-soft text-mini">
              {[
                one.quantization.toUpperCase(),
                one.size_bytes && formatBytes(one.size_bytes, locale),
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
