import { Camera, Paperclip } from 'lucide-react'
import { useRef, useState } from 'react'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { useMedia } from '@/lib/media'

interface FilesProps {
  onFiles(files: Iterable<File>): void
}

/** Picks files. */
export function FileButton({ label, onFiles }: FilesProps & { label: string }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton label={label} side="top" onClick={() => input.current?.click()}>
        <Paperclip aria-hidden className="size-4" />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        onChange={event => {
          onFiles(Array.from(event.currentTarget.files ?? []))
          event.currentTarget.value = ''
        }}
      />
    </>
  )
}

/** Takes a photo, on what has a camera at hand. */
export function CameraButton({ onFiles }: FilesProps) {
  const t = useTranslations('files')
  const input = useRef<HTMLInputElement>(null)
  if (!useMedia('(pointer: coarse)')) return null
  return (
    <>
      <IconButton label={t('camera')} side="top" onClick={() => input.current?.click()}>
        <Camera aria-hidden className="size-4" />
      </IconButton>
      <input
        ref={input}
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        tabIndex={-1}
        onChange={event => {
          onFiles(Array.from(event.currentTarget.files ?? []))
          event.currentTarget.value = ''
        }}
      />
    </>
  )
}

/** The frame of a box that is written in; files can be dropped on it. */
export function DropArea({ onFiles, children }: FilesProps & { children: React.ReactNode }) {
  const t = useTranslations('composer')
  const [over, setOver] = useState(false)
  const carries = (event: React.DragEvent) => event.dataTransfer.types.includes('Files')
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has a button that does the same
    <div
      onDragOver={event => {
        if (!carries(event)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={event => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      }}
      onDrop={event => {
        setOver(false)
        if (!carries(event)) return
        event.preventDefault()
        onFiles(Array.from(event.dataTransfer.files))
      }}
      className={cn(
        'relative rounded-lg border border-line-strong bg-raised shadow-float transition-[border-color,box-shadow] focus-within:border-accent/70 focus-within:ring-3 focus-within:ring-accent-wash',
        over && 'border-accent',
      )}
    >
      {children}
      {over && (
        <div className="pointer-events-none absolute inset-0 grid place-items-center rounded-lg bg-raised/90 text-accent text-control">
          {t('dropHere')}
        </div>
      )}
    </div>
  )
}
