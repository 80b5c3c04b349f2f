import { useState } from 'react'
import type { ContextRemedy, FilePart, ModelInfo } from '@/api/types'
import { Button } from '@/components/button'
import { useLocale, useTranslations } from '@/i18n'
import { formatNumber } from '@/lib/format'
import { compact, modelName } from '../picker/names'
import type { Remedies } from '../types'
import type { ContextUse } from './useContextCount'

/** Tokens that an answer should have left, as the server has it. */
const room = 256

interface FitsProps {
  use: ContextUse | null
  model: ModelInfo | undefined
  models: ModelInfo[]
  files: FilePart[]
  remedies: Remedies
  onPages(fileId: string, pages: number): void
}

/** Says before sending what does not fit the model's context, and offers what would help. */
export function Fits({ use, model, models, files, remedies, onPages }: FitsProps) {
  const t = useTranslations('files')
  const locale = useLocale()
  const counted = use?.counted
  const left = use?.total ? use.total - use.used : null
  if (!model || !counted || left === null || (left >= room && counted.unseen.length === 0)) {
    return null
  }
  const name = model.name
  const number = (value: number) => formatNumber(value, locale)
  return (
    <div className="flex flex-col gap-2">
      <p>
        {left < 0
          ? t(use.exact ? 'over' : 'overAbout', { over: number(-left), model: name })
          : left < room && t('tight', { left: number(left), model: name })}{' '}
        {left < 0 && counted.beyond.length > 0 && t('beyond', { count: counted.beyond.length })}
        {counted.unseen.length > 0 && t('unseen', { model: name, count: counted.unseen.length })}
      </p>
      {left < room && counted.remedies.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {counted.remedies.map(one => (
            <li key={`${one.kind} ${one.model} ${one.file_id}`}>
              <Offer
                remedy={one}
                models={models}
                file={files.find(file => file.file_id === one.file_id)}
                remedies={remedies}
                onPages={onPages}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

interface OfferProps extends Pick<FitsProps, 'models' | 'remedies' | 'onPages'> {
  remedy: ContextRemedy
  file: FilePart | undefined
}

function Offer({ remedy, models, file, remedies, onPages }: OfferProps) {
  const t = useTranslations('files')
  const locale = useLocale()
  const [busy, setBusy] = useState(false)
  const { kind, model, pages, context_length: context } = remedy
  const pressed = async (work: () => Promise<void> | void) => {
    setBusy(true)
    try {
      await work()
    } finally {
      setBusy(false)
    }
  }
  if (kind === 'pages' && file && pages) {
    const count = t(kindOf(file), { count: pages })
    return (
      <Button onClick={() => onPages(file.file_id, pages)}>
        {t('fewerPages', { count, name: file.name })}
      </Button>
    )
  }
  if (kind === 'without_tools' && remedies.withoutTools) {
    return <Button onClick={remedies.withoutTools}>{t('withoutTools')}</Button>
  }
  if (kind === 'summarise' && remedies.summarise) {
    const run = remedies.summarise
    return (
      <Button disabled={busy} onClick={() => pressed(run)}>
        {t(busy ? 'summarising' : 'summarise')}
      </Button>
    )
  }
  if (kind === 'new_chat' && remedies.newChat) {
    return <Button onClick={remedies.newChat}>{t('newChat')}</Button>
  }
  if (kind === 'larger_context' && remedies.restart && model && context) {
    const run = remedies.restart
    return (
      <Button disabled={busy} onClick={() => pressed(() => run(model, context))}>
        {t('restart', { context: compact(context, locale) })}
      </Button>
    )
  }
  if (kind === 'other_model' && model) {
    return (
      <Button onClick={() => remedies.choose(model)}>
        {t('useModel', { model: modelName(models, model) ?? model })}
      </Button>
    )
  }
  return null
}

function kindOf(file: FilePart): 'page' | 'slide' | 'sheet' | 'part' {
  if (file.media_type === 'application/pdf') return 'page'
  if (file.media_type.includes('presentation')) return 'slide'
  return file.media_type.includes('spreadsheet') ? 'sheet' : 'part'
}
