import { X } from 'lucide-react'
import { Portal, Toast } from 'radix-ui'
import { create } from 'zustand'
import { ApiError, OfflineError } from '@/api/errors'
import { useTranslations } from '@/i18n'
import { told } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { newId } from '@/lib/ids'

interface Notice {
  id: string
  title: string
  /** What to do about it. */
  text?: string
  /** The server did not answer, and that is all there is to say. */
  unanswered?: boolean
  tone: 'plain' | 'bad'
  action?: { label: string; run(): void }
}

const useNotices = create<{ notices: Notice[] }>(() => ({ notices: [] }))

/** Say something in the corner; it leaves by itself after some seconds. */
export function toast(notice: Omit<Notice, 'id' | 'tone'> & { tone?: Notice['tone'] }): void {
  const full: Notice = { tone: 'plain', ...notice, id: newId() }
  useNotices.setState(({ notices }) => ({ notices: [...notices.slice(-2), full] }))
}

/** Say what failed, with the server's own remedy. */
export function toastError(error: unknown, title: string): void {
  if (error instanceof ApiError) {
    const { message, remedy, said } = told(error)
    toast({ title: message, text: said ?? remedy ?? undefined, tone: 'bad' })
  } else {
    // The offline bar leaves as soon as the server is back: it does not tell that this came to nothing.
    toast({ title, unanswered: error instanceof OfflineError, tone: 'bad' })
  }
}

function dismiss(id: string): void {
  useNotices.setState(({ notices }) => ({ notices: notices.filter(notice => notice.id !== id) }))
}

export function Toaster() {
  const t = useTranslations('common')
  const notices = useNotices(state => state.notices)
  return (
    <Toast.Provider duration={6000} swipeDirection="right">
      {notices.map(notice => (
        <Toast.Root
          key={notice.id}
          type={notice.action || notice.tone === 'bad' ? 'foreground' : 'background'}
          onOpenChange={open => !open && dismiss(notice.id)}
          className={cn(
            // A sheet or dialog lets nothing else be pressed, but it is often there that something is undone.
            'pointer-events-auto flex items-start gap-3 rounded-md border bg-raised py-2.5 pr-2 pl-3.5 text-control shadow-float',
            'data-[state=open]:animate-[rise_var(--calm)_ease-out]',
            notice.tone === 'bad' ? 'border-bad' : 'border-line',
          )}
        >
          <div className="min-w-0 flex-1 py-1">
            <Toast.Title className="break-words">{notice.title}</Toast.Title>
            {(notice.text || notice.unanswered) && (
              <Toast.Description className="mt-0.5 break-words text-ink-soft">
                {notice.text ?? t('unanswered')}
              </Toast.Description>
            )}
          </div>
          {notice.action && (
            <Toast.Action
              altText={notice.action.label}
              onClick={notice.action.run}
              className="rounded-sm px-2 py-1 font-medium text-accent hover:bg-hover touch:min-h-11"
            >
              {notice.action.label}
            </Toast.Action>
          )}
          <Toast.Close
            aria-label={t('close')}
            className="grid size-7 place-items-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink touch:size-11"
          >
            <X className="size-4" aria-hidden />
          </Toast.Close>
        </Toast.Root>
      ))}
      {/* Beside dialogs, not below them; being live, it is not hidden for them, though each notice is announced by itself. */}
      <Portal.Root aria-live="off">
        <Toast.Viewport className="fixed top-[calc(var(--bar)+env(safe-area-inset-top))] right-0 z-60 m-0 flex w-96 max-w-full list-none flex-col gap-2 px-4 pt-1 outline-none" />
      </Portal.Root>
    </Toast.Provider>
  )
}
