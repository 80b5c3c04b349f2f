import { useEffect, useRef } from 'react'
import type { Chat } from '@/api/types'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { useChatActions } from './useChatActions'

interface TitleFieldProps {
  chat: Chat
  onDone(): void
  className?: string
}

/** Renames a chat in place: Enter or leaving saves, Escape does not. */
export function TitleField({ chat, onDone, className }: TitleFieldProps) {
  const t = useTranslations('chat')
  const actions = useChatActions()
  const field = useRef<HTMLInputElement>(null)
  const over = useRef(false)
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  const end = (save: boolean) => {
    // Blur follows Enter and Escape; only the first of them counts.
    if (over.current) return
    over.current = true
    if (save && field.current) actions.rename(chat, field.current.value)
    onDone()
  }
  return (
    <input
      ref={field}
      defaultValue={chat.title}
      aria-label={t('title')}
      maxLength={200}
      onBlur={() => end(true)}
      onKeyDown={event => {
        if (event.nativeEvent.isComposing) return
        if (event.key === 'Enter') end(true)
        if (event.key === 'Escape') end(false)
        // Arrows and Delete mean the text here, not the list around it.
        event.stopPropagation()
      }}
      className={cn(
        'h-8 w-full rounded-sm border border-accent bg-raised px-2 touch:h-11 touch:text-base',
        className,
      )}
    />
  )
}
