import { useMutation, useQuery } from '@tanstack/react-query'
import { Paperclip } from 'lucide-react'
import { type Resource, readResource, resourcesOf } from '@/api/tools'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { filesOf } from './resources'

interface ResourcesProps {
  server: { id: string; name: string }
  onFiles(files: File[]): void
}

/** What a server lets people read: each can be attached to the message. */
export function Resources({ server, onFiles }: ResourcesProps) {
  const t = useTranslations('tools')
  const { data } = useQuery(resourcesOf(server.id))
  const read = useMutation({
    mutationFn: (one: Resource) => readResource(server.id, one.uri),
    onSuccess: (contents, one) => onFiles(filesOf(one, contents)),
    onError: error => toastError(error, t('failed')),
  })
  if (!data || data.length === 0) return null
  return (
    <section aria-label={t('resourcesOf', { name: server.name })} className="pb-2">
      <h3 className="text-ink-faint text-mini">{t('resources')}</h3>
      <ul>
        {data.map(one => (
          <li key={one.uri} className="flex min-h-8 items-start gap-1">
            <span className="min-w-0 flex-1 py-1">
              <span className="block break-words">{one.name}</span>
              {one.description && (
                <span className="line-clamp-2 text-ink-faint text-mini">{one.description}</span>
              )}
            </span>
            <button
              type="button"
              aria-label={t('attach', { name: one.name })}
              title={t('attach', { name: one.name })}
              disabled={read.isPending}
              onClick={() => read.mutate(one)}
              className="grid size-8 shrink-0 place-items-center rounded-sm text-ink-soft hover:bg-hover hover:text-ink disabled:text-ink-faint touch:size-11"
            >
              <Paperclip aria-hidden className="size-4" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
