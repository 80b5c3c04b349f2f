import { Link } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useDownload, useStartModel } from '@/api/models'
import { usePermissions } from '@/api/permissions'
import type { ModelInfo } from '@/api/types'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import type { PersonaChoice } from '../types'
import { grouped, keywords, matches } from './groups'
import { ModelRow } from './ModelRow'
import { groupLook, PersonaGroup } from './PersonaGroup'

interface ModelListProps {
  models: ModelInfo[]
  value: string | null
  onChange(id: string): void
  persona?: PersonaChoice
  onClose(): void
}

/** Use a model: one that rests starts while the person writes, one that is not here is fetched. */
function useChoice({ onChange, onClose }: ModelListProps): (model: ModelInfo) => void {
  const t = useTranslations('picker')
  const start = useStartModel()
  const download = useDownload()
  const { runModels } = usePermissions()
  return model => {
    if (model.state === 'not_downloaded') {
      // Stays open: the row shows how the download comes along.
      download.mutate(
        { kind: 'start', modelId: model.id },
        { onError: error => toastError(error, t('downloadFailed')) },
      )
      return
    }
    onChange(model.id)
    onClose()
    // For those who may not start it, it starts when it is asked.
    if (!runModels || (model.state !== 'stopped' && model.state !== 'failed')) return
    start.mutate({ model_id: model.id }, { onError: error => toastError(error, t('startFailed')) })
  }
}

export function ModelList(props: ModelListProps) {
  const { models, value, onClose } = props
  const t = useTranslations('picker')
  const [query, setQuery] = useState('')
  const { runModels } = usePermissions()
  const groups = useMemo(() => grouped(models, query, runModels), [models, query, runModels])
  const choose = useChoice(props)
  return (
    <Command
      label={t('choose')}
      filter={matches}
      defaultValue={value ?? undefined}
      loop
      className="flex min-h-0 flex-1 flex-col"
    >
      <div className="flex items-center gap-2 border-line border-b px-3">
        <Search aria-hidden className="size-4 shrink-0 text-ink-faint" />
        <Command.Input
          value={query}
          onValueChange={setQuery}
          placeholder={t('search')}
          aria-label={t('search')}
          className="h-11 min-w-0 flex-1 bg-transparent outline-none"
        />
      </div>
      <Command.List className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-1.5">
        <Command.Empty className="px-3 py-6 text-center text-ink-soft">
          {models.length === 0 ? t('noModels') : t('none', { query })}
        </Command.Empty>
        {props.persona && <PersonaGroup {...props.persona} onClose={onClose} />}
        {groups.map(group => (
          <Command.Group key={group.name} heading={t(group.name)} className={groupLook}>
            {group.models.map(model => (
              <Command.Item
                key={model.id}
                value={model.id}
                keywords={keywords(model)}
                onSelect={() => choose(model)}
                className="flex min-h-12 items-center gap-2.5 rounded-sm px-2.5 py-1.5 data-[selected=true]:bg-hover"
              >
                <ModelRow model={model} chosen={model.id === value} />
              </Command.Item>
            ))}
            {group.more > 0 && (
              <p className="px-2.5 py-2 text-ink-soft text-mini">
                {t('moreModels', { count: group.more })}
              </p>
            )}
          </Command.Group>
        ))}
      </Command.List>
      <div className="safe-bottom border-line border-t p-1.5">
        <Link
          to="/models"
          onClick={onClose}
          className="flex min-h-8 items-center rounded-sm px-2.5 text-ink-soft hover:bg-hover hover:text-ink touch:min-h-11"
        >
          {t('manage')}
        </Link>
        <Link
          to="/compare"
          onClick={onClose}
          className="flex min-h-8 items-center rounded-sm px-2.5 text-ink-soft hover:bg-hover hover:text-ink touch:min-h-11"
        >
          {t('compare')}
        </Link>
      </div>
    </Command>
  )
}
