import { TrashPage } from '@/features/chat/trash/TrashPage'
import { WithChatsWords } from '@/features/chat/words'
import { useTranslations } from '@/i18n'
import { Page } from '../page'

export default function Trash() {
  return (
    <WithChatsWords>
      <Room />
    </WithChatsWords>
  )
}

function Room() {
  const t = useTranslations('trash')
  return (
    <Page title={t('title')} intro={t('intro')}>
      <TrashPage />
    </Page>
  )
}
