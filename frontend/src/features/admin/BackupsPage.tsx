import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Archive, Upload } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import {
  type Backup,
  backupFile,
  backups,
  useCreateBackup,
  useRemoveBackup,
  useRestoreBackup,
  useUploadBackup,
} from '@/api/administration'
import { Button } from '@/components/button'
import { toast, toastError } from '@/components/toast'
import { useFormatter, useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatBytes } from '@/lib/format'
import { RemoveButton } from '../platform/RemoveButton'
import { Sheet } from '../platform/Sheet'
import { Empty, Failure, Waiting } from '../platform/States'
import { FileLink } from './Parts'

/** Copies of everything: made, taken away, brought and put back. */
export function Backups() {
  const t = useTranslations('adminBackups')
  const admin = useTranslations('admin')
  const format = useFormatter()
  const client = useQueryClient()
  const [asked, setAsked] = useState<{ before: string | undefined } | null>(null)
  const list = useQuery({ ...backups(), ...(asked && { refetchInterval: 1500 }) })
  const create = useCreateBackup()
  const [restoring, setRestoring] = useState<Backup | null>(null)
  const items = list.data?.items ?? []
  const restored = list.data?.restored
  const done = asked !== null && restored !== undefined && restored?.at !== asked.before
  useEffect(() => {
    if (!done) return
    setAsked(null)
    // All that is known here is of the time before.
    client.invalidateQueries()
  }, [done, client])
  const writing = create.isPending || items.some(one => one.state === 'writing')
  return (
    <>
      <div className="mb-5 flex flex-wrap gap-2">
        <Button
          look="solid"
          disabled={writing}
          onClick={() =>
            create.mutate(undefined, { onError: error => toastError(error, admin('failed')) })
          }
        >
          <Archive className="size-4" aria-hidden />
          {t('create')}
        </Button>
        <UploadButton />
      </div>
      {asked && (
        <p role="status" className="mb-5 rounded-md border border-line bg-raised px-4 py-3">
          {t('restoring')}
        </p>
      )}
      {restored && !asked && (
        <p
          role="status"
          className={cn(
            'mb-5 rounded-md border px-4 py-3',
            restored.error ? 'border-bad/45 bg-bad-wash' : 'border-line bg-raised',
          )}
        >
          {restored.error
            ? `${t('notRestored', { name: restored.name })}: ${restored.error}`
            : t('restored', {
                name: restored.name,
                time: format.relativeTime(new Date(restored.at), Date.now()),
              })}
          {!restored.error && restored.before && (
            <span className="block break-all text-ink-soft">
              {t('restoredBefore', { name: restored.before })}
            </span>
          )}
        </p>
      )}
      <Waiting pending={list.isPending} rows={2} />
      {list.isError && !list.data && (
        <Failure error={list.error} title={admin('loadFailed')} onRetry={() => list.refetch()} />
      )}
      {list.data && items.length === 0 && <Empty title={t('empty')} note={t('emptyNote')} />}
      <ul className="flex flex-col gap-3 empty:hidden">
        {items.map(one => (
          <Row key={one.name} one={one} onRestore={() => setRestoring(one)} />
        ))}
      </ul>
      {items.length > 0 && (
        <p className="mt-5 max-w-(--reading) text-ink-faint text-mini">{t('private')}</p>
      )}
      {restoring && (
        <Restore
          one={restoring}
          onBegun={() => setAsked({ before: restored?.at })}
          onClose={() => setRestoring(null)}
        />
      )}
    </>
  )
}

function UploadButton() {
  const t = useTranslations('adminBackups')
  const admin = useTranslations('admin')
  const field = useRef<HTMLInputElement>(null)
  const upload = useUploadBackup()
  const chosen = (file: File | undefined) => {
    if (!file) return
    upload.mutate(file, {
      onSuccess: made => toast({ title: t('uploaded', { name: made.name }) }),
      onError: error => toastError(error, admin('failed')),
    })
  }
  return (
    <>
      <input
        ref={field}
        type="file"
        accept=".zip"
        aria-label={t('upload')}
        className="hidden"
        onChange={event => {
          chosen(event.target.files?.[0])
          event.target.value = ''
        }}
      />
      <Button disabled={upload.isPending} onClick={() => field.current?.click()}>
        <Upload className="size-4" aria-hidden />
        {t('upload')}
      </Button>
    </>
  )
}

function Row({ one, onRestore }: { one: Backup; onRestore(): void }) {
  const t = useTranslations('adminBackups')
  const admin = useTranslations('admin')
  const format = useFormatter()
  const locale = useLocale()
  const remove = useRemoveBackup()
  const made = format.dateTime(new Date(one.created_at), {
    dateStyle: 'medium',
    timeStyle: 'short',
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-line bg-raised px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-x-2 font-medium">
          {made}
          {one.name.includes('before-restore') && (
            <span className="rounded-full bg-sunken px-2 font-normal text-ink-soft text-mini leading-5">
              {t('before')}
            </span>
          )}
          {one.state !== 'ready' && (
            <span
              className={cn('text-mini', one.state === 'broken' ? 'text-bad' : 'text-ink-soft')}
            >
              {t('state', { state: one.state })}
            </span>
          )}
        </p>
        <p className="tabular break-all text-ink-faint text-mini">
          {one.error ??
            (one.state === 'ready'
              ? `${t('size', { size: formatBytes(one.size_bytes, locale), files: one.files ?? 0 })} · ${t('program', { version: one.program ?? '' })}`
              : formatBytes(one.size_bytes, locale))}
        </p>
        <p className="truncate text-ink-faint text-mini">{one.name}</p>
      </div>
      {one.state !== 'writing' && (
        <div className="flex items-center gap-2">
          {one.state === 'ready' && (
            <>
              <FileLink href={backupFile(one.name)}>{admin('download')}</FileLink>
              <Button onClick={onRestore}>{t('restore')}</Button>
            </>
          )}
          <RemoveButton
            name={one.name}
            words={{ label: t('remove', { name: one.name }), failed: admin('failed') }}
            remove={() => remove.mutateAsync(one.name)}
          />
        </div>
      )}
    </li>
  )
}

interface RestoreProps {
  one: Backup
  onBegun(): void
  onClose(): void
}

function Restore({ one, onBegun, onClose }: RestoreProps) {
  const t = useTranslations('adminBackups')
  const admin = useTranslations('admin')
  const restore = useRestoreBackup()
  const begin = () =>
    restore.mutate(one.name, {
      onSuccess: () => {
        onBegun()
        onClose()
      },
      onError: error => toastError(error, admin('failed')),
    })
  return (
    <Sheet title={t('restoreAsk')} intro={one.name} onClose={onClose}>
      <p>{t('restoreNote')}</p>
      <div className="mt-5 flex justify-end gap-2">
        <Button look="plain" onClick={onClose}>
          {admin('cancel')}
        </Button>
        <Button look="bad" disabled={restore.isPending} onClick={begin}>
          {t('restore')}
        </Button>
      </div>
    </Sheet>
  )
}
