import { useState } from 'react'
import type { KeptFile } from '@/api/files'
import { attached, partOf } from '@/features/chat/composer/attachments'
import { FilesPage } from '@/features/chat/files/FilesPage'
import { FileDrawer } from '@/features/chat/room/FileDrawer'
import { WithChatsWords } from '@/features/chat/words'
import { useTranslations } from '@/i18n'
import { Page } from '../page'

export default function Files() {
  return (
    <WithChatsWords>
      <Room />
    </WithChatsWords>
  )
}

function Room() {
  const t = useTranslations('kept')
  const [read, setRead] = useState<KeptFile | null>(null)
  const part = read && partOf(attached(read))
  return (
    <Page
      title={t('title')}
      intro={t('intro')}
      drawer={part && <FileDrawer file={part} onClose={() => setRead(null)} />}
    >
      <FilesPage onOpen={setRead} />
    </Page>
  )
}
