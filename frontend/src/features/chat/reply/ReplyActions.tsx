import { CornerDownRight, GitFork, Info, RefreshCw, Share2 } from 'lucide-react'
import { memo } from 'react'
import { usePermissions } from '@/api/permissions'
import type { Message, ModelInfo } from '@/api/types'
import { IconButton } from '@/components/button'
import { CopyButton } from '@/components/copy-button'
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from '@/components/menu'
import { StateDot } from '@/components/state-dot'
import type { MessageActions } from '@/features/chat/types'
import { useTranslations } from '@/i18n'
import { setUi } from '@/lib/ui'
import { ReadAloud } from './ReadAloud'
import { Thumbs } from './Thumbs'

interface ReplyActionsProps {
  message: Message
  actions: MessageActions
  models: ModelInfo[]
  text: string
  /** The reply can be written on where it ended. */
  continuable: boolean
}

/** Models a reply can be asked of at once: those that run, are remote, or start in seconds. */
function askable(models: ModelInfo[]): ModelInfo[] {
  const usable = new Set(['ready', 'remote', 'stopped', 'loading', 'starting'])
  return models.filter(model => model.kind === 'chat' && usable.has(model.state))
}

export const ReplyActions = memo(function ReplyActions(props: ReplyActionsProps) {
  const { message, actions, models, text, continuable } = props
  const t = useTranslations('reply')
  const { share } = usePermissions()
  const others = askable(models).filter(model => model.id !== message.model)
  return (
    <>
      {text && <CopyButton label={t('copy')} text={() => text} />}
      <ReadAloud id={message.id} text={text} />
      {others.length === 0 ? (
        <IconButton label={t('regenerate')} onClick={() => actions.regenerate(message)}>
          <RefreshCw aria-hidden className="size-4" />
        </IconButton>
      ) : (
        <Menu>
          <MenuTrigger asChild>
            <IconButton label={t('regenerate')}>
              <RefreshCw aria-hidden className="size-4" />
            </IconButton>
          </MenuTrigger>
          <MenuContent align="start">
            <MenuItem onSelect={() => actions.regenerate(message)}>
              <RefreshCw aria-hidden />
              {t('regenerateSame')}
            </MenuItem>
            <MenuSeparator />
            <div className="px-2.5 pt-1 pb-1.5 text-ink-faint text-mini">{t('regenerateWith')}</div>
            {others.map(model => (
              <MenuItem key={model.id} onSelect={() => actions.regenerate(message, model.id)}>
                <span className="grid size-4 place-items-center">
                  <StateDot state={model.state} />
                </span>
                <span className="truncate">{model.name}</span>
              </MenuItem>
            ))}
          </MenuContent>
        </Menu>
      )}
      {continuable && (
        <IconButton label={t('continue')} onClick={() => actions.continue(message)}>
          <CornerDownRight aria-hidden className="size-4" />
        </IconButton>
      )}
      {text && <Thumbs message={message} />}
      <IconButton label={t('fork')} onClick={() => actions.fork(message)}>
        <GitFork aria-hidden className="size-4" />
      </IconButton>
      {share && (
        <IconButton
          label={t('share')}
          onClick={() => setUi({ share: { chatId: message.chat_id, messageId: message.id } })}
        >
          <Share2 aria-hidden className="size-4" />
        </IconButton>
      )}
      <IconButton label={t('details')} onClick={() => actions.openDrawer('details', message)}>
        <Info aria-hidden className="size-4" />
      </IconButton>
    </>
  )
})
