import { Upload } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Button } from '@/components/button'
import { Line, Section } from '@/components/section'
import { useTranslations } from '@/i18n'
import { WithChatsWords } from '../words'

const ImportDialog = lazy(() => import('./ImportDialog'))

/** The part of the settings that takes chats of other programs in; a file may be dropped on it. */
export function ImportSection() {
  return (
    <WithChatsWords>
      <Import />
    </WithChatsWords>
  )
}

function Import() {
  const t = useTranslations('importing')
  const [open, setOpen] = useState<{ file: File | null } | null>(null)
  return (
    <Section title={t('section')}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a short cut for the button inside */}
      <div
        onDragOver={event => event.dataTransfer.types.includes('Files') && event.preventDefault()}
        onDrop={event => {
          const [file] = event.dataTransfer.files
          if (!file) return
          event.preventDefault()
          setOpen({ file })
        }}
      >
        <Line label={t('label')} hint={t('hint')}>
          <Button onClick={() => setOpen({ file: null })}>
            <Upload className="size-4" aria-hidden />
            {t('button')}
          </Button>
        </Line>
      </div>
      <Suspense fallback={null}>
        {open && <ImportDialog first={open.file} onClose={() => setOpen(null)} />}
      </Suspense>
    </Section>
  )
}
