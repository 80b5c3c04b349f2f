import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import { modKey } from '@/lib/format'
import { setUi } from '@/lib/ui'

/** The list of keys, on `?`. */
export default function Shortcuts() {
  const t = useTranslations('shortcuts')
  const common = useTranslations('common')
  const close = () => setUi({ shortcuts: false })
  const groups = [
    {
      title: t('everywhere'),
      rows: [
        [t('palette'), [modKey, 'K']],
        [t('newChat'), [modKey, '⇧', 'O']],
        [t('sidebar'), [modKey, 'B']],
        [t('params'), [modKey, '.']],
        [t('picker'), [modKey, 'M']],
        [t('composer'), ['⇧', 'Esc']],
        [t('help'), ['?']],
      ],
    },
    {
      title: t('composing'),
      rows: [
        [t('send'), ['Enter']],
        [t('newline'), ['⇧', 'Enter']],
        [t('prompts'), ['/']],
        [t('editLast'), ['↑']],
        [t('stop'), ['Esc']],
      ],
    },
    {
      title: t('inList'),
      rows: [
        [t('move'), ['↑', '↓']],
        [t('ends'), ['Home', 'End']],
        [t('open'), ['Enter']],
        [t('rename'), ['F2']],
        [t('remove'), ['Del']],
        [t('back'), ['Esc']],
      ],
    },
    { title: t('inPlayground'), rows: [[t('run'), [modKey, 'Enter']]] },
    {
      title: t('comparing'),
      rows: [
        [t('best'), ['1–4']],
        [t('tie'), ['T']],
        [t('noneGood'), ['B']],
      ],
    },
  ] as const
  return (
    <Dialog.Root open onOpenChange={open => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[appear_var(--quick)_ease-out] bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          // The first button would show its tooltip; the keyboard begins at the sheet itself.
          onOpenAutoFocus={event => {
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
          className="fixed top-1/2 left-1/2 z-50 max-h-[85vh] w-[27rem] max-w-[calc(100vw-1.5rem)] -translate-x-1/2 -translate-y-1/2 animate-[appear_var(--quick)_ease-out] overflow-y-auto rounded-lg border border-line bg-raised p-5 shadow-float outline-none"
        >
          <div className="flex items-center justify-between">
            <Dialog.Title className="font-semibold text-title">{t('title')}</Dialog.Title>
            <IconButton label={common('close')} onClick={close}>
              <X className="size-4" aria-hidden />
            </IconButton>
          </div>
          {groups.map(group => (
            <section key={group.title} className="mt-4">
              <h3 className="pb-1 text-ink-faint text-mini">{group.title}</h3>
              <dl>
                {group.rows.map(([label, keys]) => (
                  <div key={label} className="flex items-center justify-between py-1.5">
                    <dt>{label}</dt>
                    <dd className="flex gap-1">
                      {keys.map(key => (
                        <kbd
                          key={key}
                          className="min-w-6 rounded-[5px] border border-line-strong bg-sunken px-1.5 py-px text-center font-sans text-ink-soft text-mini"
                        >
                          {key}
                        </kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
