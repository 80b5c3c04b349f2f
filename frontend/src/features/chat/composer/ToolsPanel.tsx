import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { ApiError } from '@/api/errors'
import { usePermissions } from '@/api/permissions'
import {
  choosingTools,
  chosenTools,
  type Tool,
  type ToolChoice,
  type ToolOffer,
  toolOffers,
  toolsOf,
  useLogOut,
} from '@/api/tools'
import type { GenerationParams, ModelInfo } from '@/api/types'
import { Button } from '@/components/button'
import { toastError } from '@/components/toast'
import { ConnectButton } from '@/features/tools/login'
import { useTranslations } from '@/i18n'
import { toldShortly } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { callsTools } from '../picker/names'
import { Resources } from './Resources'

const wordsOf = (error: Error) => (error instanceof ApiError ? toldShortly(error) : null)

interface ToolsPanelProps {
  params: GenerationParams
  onParams(params: GenerationParams): void
  model: ModelInfo | undefined
  /** Attach what a server lets one read. */
  onFiles(files: File[]): void
}

/** The servers of tools, each on or off in this chat, whole or tool by tool. */
export default function ToolsPanel({ params, onParams, model, onFiles }: ToolsPanelProps) {
  const t = useTranslations('tools')
  const { data: offers, isPending, error } = useQuery(toolOffers())
  const { administer } = usePermissions()
  const chosen = chosenTools(params)
  const able = callsTools(model)
  const choose = (label: string, choice: ToolChoice | null) => {
    const others = chosen.filter(one => one.server_label !== label)
    onParams(choosingTools(params, choice ? [...others, choice] : others))
  }
  return (
    <>
      <h2 className="font-semibold">{t('title')}</h2>
      {!able && model && (
        <p role="status" className="pt-1 text-ink-soft">
          {t('cannot', { model: model.name })}
        </p>
      )}
      {isPending && <p className="pt-1 text-ink-soft">{t('loading')}</p>}
      {error && <p className="pt-1 text-bad">{wordsOf(error) ?? t('failed')}</p>}
      {offers?.length === 0 && <p className="pt-1 text-ink-soft">{t('none')}</p>}
      <ul className="pt-1">
        {offers?.map(offer => (
          <Offer
            key={offer.id}
            offer={offer}
            chosen={chosen.find(one => one.server_label === offer.label) ?? null}
            disabled={!able}
            onChoose={choice => choose(offer.label, choice)}
            onFiles={onFiles}
          />
        ))}
      </ul>
      {administer && (
        <Link
          to="/tools"
          className="-mx-1 mt-1 inline-flex min-h-8 items-center rounded-sm px-1 text-accent hover:underline touch:min-h-11"
        >
          {t('manage')}
        </Link>
      )}
    </>
  )
}

interface OfferProps {
  offer: ToolOffer
  chosen: ToolChoice | null
  disabled: boolean
  onChoose(choice: ToolChoice | null): void
}

type WithFiles = OfferProps & Pick<ToolsPanelProps, 'onFiles'>

function Offer({ offer, chosen, disabled, onChoose, onFiles }: WithFiles) {
  const t = useTranslations('tools')
  const [unfolded, setUnfolded] = useState(false)
  const allowed = chosen?.allowed_tools
  const words = chosen && (allowed ? t('some', { count: allowed.length }) : t('all'))
  return (
    <li className="border-line border-t first:border-t-0">
      <div className="flex min-h-10 items-center gap-1">
        <label className="flex min-w-0 flex-1 cursor-pointer items-center gap-2.5 py-1.5 has-disabled:cursor-not-allowed">
          <input
            type="checkbox"
            className="size-4 shrink-0 accent-accent"
            checked={chosen !== null}
            disabled={disabled}
            onChange={event =>
              onChoose(event.target.checked ? { type: 'mcp', server_label: offer.label } : null)
            }
          />
          <span className="min-w-0 truncate font-medium">{offer.name}</span>
          {words && <span className="ml-auto shrink-0 text-ink-faint text-mini">{words}</span>}
        </label>
        <button
          type="button"
          aria-label={t('show', { name: offer.name })}
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
          className="grid size-8 shrink-0 place-items-center rounded-sm text-ink-soft hover:bg-hover touch:size-11"
        >
          <ChevronRight
            aria-hidden
            className={cn('size-4 transition-transform', unfolded && 'rotate-90')}
          />
        </button>
      </div>
      {offer.login === 'needed' && (
        <div className="flex flex-wrap items-center gap-2 pb-2 pl-6.5">
          <ConnectButton server={offer.id} />
          <p className="min-w-0 text-ink-soft text-mini">{t('connectHint')}</p>
        </div>
      )}
      {unfolded && offer.login !== 'needed' && (
        <>
          {offer.login === 'done' && <Leave offer={offer} />}
          <Some offer={offer} chosen={chosen} disabled={disabled} onChoose={onChoose} />
          <div className="pl-6.5">
            <Resources server={offer} onFiles={onFiles} />
          </div>
        </>
      )}
    </li>
  )
}

/** Forgets the person's login at the server's service. */
function Leave({ offer }: { offer: ToolOffer }) {
  const t = useTranslations('tools')
  const leave = useLogOut()
  return (
    <div className="flex flex-wrap items-center gap-2 pb-2 pl-6.5">
      <p className="text-ink-soft text-mini">{t('connectedAs')}</p>
      <Button
        look="plain"
        disabled={leave.isPending}
        onClick={() =>
          leave.mutate(offer.id, { onError: error => toastError(error, t('disconnectFailed')) })
        }
      >
        {t('disconnect')}
      </Button>
    </div>
  )
}

/** A server's tools, one by one. */
function Some({ offer, chosen, disabled, onChoose }: OfferProps) {
  const t = useTranslations('tools')
  const { data: tools, error } = useQuery(toolsOf(offer.id))
  if (error) return <p className="pb-2 text-bad">{wordsOf(error) ?? t('failed')}</p>
  if (!tools) return <p className="pb-2 text-ink-soft">{t('loading')}</p>
  const offered = tools.filter(tool => tool.refused === null && tool.policy !== 'never')
  const on = (tool: Tool) => chosen !== null && (chosen.allowed_tools?.includes(tool.name) ?? true)
  const toggle = (tool: Tool, wanted: boolean) => {
    const names = offered.filter(one => (one === tool ? wanted : on(one))).map(one => one.name)
    if (names.length === 0) onChoose(null)
    else if (names.length === offered.length) onChoose({ type: 'mcp', server_label: offer.label })
    else onChoose({ type: 'mcp', server_label: offer.label, allowed_tools: names })
  }
  return (
    <ul className="pb-2 pl-6.5">
      {offered.map(tool => (
        <li key={tool.name}>
          <label className="flex min-h-7 cursor-pointer items-start gap-2 py-0.5 touch:min-h-11">
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={on(tool)}
              disabled={disabled}
              onChange={event => toggle(tool, event.target.checked)}
            />
            <span className="min-w-0">
              <span className="break-all">{tool.title ?? tool.name}</span>
              <span className="line-clamp-2 text-ink-faint text-mini">{tool.description}</span>
            </span>
          </label>
        </li>
      ))}
    </ul>
  )
}
