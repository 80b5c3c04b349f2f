import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { AskForm } from '@/features/chat/composer'
import { chatQuery } from '@/features/chat/room/useBranch'
import { SetupPage } from '@/features/compare/SetupPage'
import { WithPlatformWords } from '@/features/platform/words'
import { useTranslations } from '@/i18n'
import { WithCompareWords } from '@/i18n/compare'
import { Page } from '../page'

/** Chooses what is compared; `?chat=<id>` goes on in a chat. */
export default function Compare() {
  return (
    <WithPlatformWords>
      <WithCompareWords>
        <Room />
      </WithCompareWords>
    </WithPlatformWords>
  )
}

function Room() {
  const t = useTranslations('compare')
  const sidebar = useTranslations('sidebar')
  const client = useQueryClient()
  const { chat: id } = useSearch({ from: '/compare' })
  const { data } = useQuery({ ...chatQuery(client, id ?? ''), enabled: id !== undefined })
  const chat = data ? { id: data.id, title: data.title || sidebar('untitled') } : null
  return (
    <Page title={t('title')} intro={t('intro')}>
      {(id === undefined || chat) && (
        <SetupPage chat={chat} ask={props => <AskForm {...props} />} />
      )}
    </Page>
  )
}
