import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { catalogue } from '@/api/control/catalogue'
import { instanceList } from '@/api/control/instances'
import type { CatalogModel, CatalogVariant, StartRequest } from '@/api/control/types'
import { usePermissions } from '@/api/permissions'
import { Drawer } from '@/components/drawer'
import { useTranslations } from '@/i18n'
import { Empty, Waiting } from '../platform/States'
import { likeliest } from './form'
import { type Draft, LaunchForm } from './LaunchForm'
import { OwnModel } from './OwnModel'
import { forget, run, useStarts } from './starts'
import { Timeline } from './Timeline'
import { current, isOver } from './timeline'

interface LaunchDrawerProps {
  modelId: string
  onClose(): void
  /** A variant is to be talked to. */
  onChat(variant: string): void
}

/** At the right of the catalogue: how one model is launched, and how that comes along. */
export function LaunchDrawer({ modelId, onClose, onChat }: LaunchDrawerProps) {
  const t = useTranslations('launch')
  const { data, isPending } = useQuery(catalogue())
  const { runModels } = usePermissions()
  const model = data?.find(one => one.id === modelId)
  const name = model?.name ?? modelId
  return (
    <Drawer broad title={runModels ? t('title', { model: name }) : name} onClose={onClose}>
      <Waiting pending={isPending} rows={3} />
      {model && <Launch model={model} onChat={onChat} onClose={onClose} />}
      {data && !model && <Empty title={t('unknownModel')} note={t('unknownModelNote')} />}
    </Drawer>
  )
}

interface LaunchProps {
  model: CatalogModel
  onChat(variant: string): void
  onClose(): void
}

function Launch({ model, onChat, onClose }: LaunchProps) {
  const client = useQueryClient()
  const { data: instances = [] } = useQuery(instanceList())
  const starts = useStarts(state => state.starts)
  const { runModels } = usePermissions()
  const [draft, setDraft] = useState<Draft>(() => firstDraft(model, starts))
  const variant = model.variants.find(one => one.id === draft.variant) ?? model.variants[0]
  if (!variant) return null
  const instance = instances.find(one => one.variant === variant.id)
  const begun = starts[variant.id]
  const start = current(begun, instance)
  const launch = (body: StartRequest) => run(client, variant.id, variant.name, body)
  // What another tab started, or an earlier visit, is shown while it comes along; then it just runs.
  if (start && (begun || !isOver(start))) {
    return (
      <Timeline
        start={start}
        variant={variant}
        model={model}
        onAgain={runModels ? launch : undefined}
        onBack={() => forget(variant.id)}
        onChat={onChat}
        onChange={change => {
          setDraft(kept => ({ ...kept, ...change, values: { ...kept.values, ...change.values } }))
          forget(variant.id)
        }}
      />
    )
  }
  return (
    <>
      <LaunchForm
        model={model}
        variant={variant}
        instance={instance}
        draft={draft}
        onChange={setDraft}
        onStart={runModels ? launch : undefined}
        onChat={onChat}
      />
      {runModels && <OwnModel model={model} variant={variant} onRemoved={onClose} />}
    </>
  )
}

/** What is being started, or else what somebody most likely wants. */
function firstDraft(model: CatalogModel, starts: Readonly<Record<string, unknown>>): Draft {
  const going: CatalogVariant | undefined = model.variants.find(one => starts[one.id])
  const variant = going ?? likeliest(model.variants)
  return { variant: variant?.id ?? '', engine: null, values: {} }
}
