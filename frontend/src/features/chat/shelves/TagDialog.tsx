import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, Plus } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type FormEvent, useId, useState } from 'react'
import { patchCached, updateChat } from '@/api/chats'
import { refreshLists } from '@/api/lists'
import { changeMany, tagList } from '@/api/shelves'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { setUi } from '@/lib/ui'
import { WithChatsWords } from '../words'
import { endSelecting } from './selection'

interface TagDialogProps {
  ids: string[]
  /** Of the one chat; left out for many, which get tags and lose none. */
  title?: string
  tags: string[]
}

/** Chooses tags: those of one chat, or some more for many. */
export default function TagDialog(props: TagDialogProps) {
  return (
    <WithChatsWords>
      <Tags {...props} />
    </WithChatsWords>
  )
}

function Tags({ ids, title, tags }: TagDialogProps) {
  const t = useTranslations('tagging')
  const common = useTranslations('common')
  const client = useQueryClient()
  const field = useId()
  const { data: used = [] } = useQuery(tagList())
  const [chosen, setChosen] = useState(tags)
  const close = () => setUi({ tagging: null })
  const known = [...new Set([...used.map(tag => tag.name), ...chosen, ...tags])]
  const toggle = (tag: string) =>
    setChosen(before =>
      before.includes(tag) ? before.filter(one => one !== tag) : [...before, tag],
    )
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const input = event.currentTarget.elements.namedItem('tag')
    if (!(input instanceof HTMLInputElement)) return
    const tag = input.value.trim()
    if (tag && !chosen.includes(tag)) toggle(tag)
    input.value = ''
  }
  const save = async () => {
    close()
    try {
      const [only] = ids
      if (title !== undefined && only)
        patchCached(client, only, await updateChat(only, { tags: chosen }))
      else if (chosen.length > 0) await changeMany('tag', ids, { tags: chosen })
      endSelecting()
    } catch (error) {
      toastError(error, common('failed'))
    } finally {
      refreshLists(client)
    }
  }
  return (
    <Dialog.Root open onOpenChange={open => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[appear_var(--calm)_ease-out] bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[18%] left-1/2 z-50 w-96 max-w-[calc(100vw-2rem)] -translate-x-1/2 animate-[appear_var(--calm)_ease-out] rounded-lg border border-line bg-raised p-5 shadow-float"
        >
          <Dialog.Title className="break-words font-semibold text-reading">
            {title === undefined ? t('ofMany', { count: ids.length }) : t('of', { title })}
          </Dialog.Title>
          <div className="mt-3 flex max-h-48 flex-wrap gap-1.5 overflow-y-auto">
            {known.length === 0 && <p className="text-ink-faint">{t('none')}</p>}
            {known.map(tag => {
              const on = chosen.includes(tag)
              return (
                <button
                  key={tag}
                  type="button"
                  aria-pressed={on}
                  onClick={() => toggle(tag)}
                  className={cn(
                    'flex min-h-7 max-w-full items-center gap-1 rounded-full border px-2.5 text-mini touch:min-h-11',
                    on
                      ? 'border-accent bg-accent-wash font-medium text-accent'
                      : 'border-line-strong text-ink-soft hover:bg-hover',
                  )}
                >
                  {on && <Check className="size-3 shrink-0" aria-hidden />}
                  <span className="truncate">{tag}</span>
                </button>
              )
            })}
          </div>
          <form onSubmit={add} className="mt-3">
            <label htmlFor={field} className="text-ink-soft">
              {t('add')}
            </label>
            <div className="mt-1 flex gap-2">
              <input
                id={field}
                name="tag"
                maxLength={64}
                autoComplete="off"
                className={fieldLook}
              />
              <Button type="submit" className="h-9">
                <Plus className="size-4" aria-hidden />
                {t('addButton')}
              </Button>
            </div>
          </form>
          <div className="mt-5 flex justify-end gap-2">
            <Button look="plain" onClick={close}>
              {common('cancel')}
            </Button>
            <Button look="solid" onClick={save}>
              {t('save')}
            </Button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
