import { Users } from 'lucide-react'
import { type Prompt, useRemovePrompt } from '@/api/prompts'
import { useTranslations } from '@/i18n'
import { KeptButtons } from './KeptButtons'
import type { Edited } from './PromptSheet'

interface PromptRowProps {
  prompt: Prompt
  onEdit(edited: Edited): void
}

/** One prompt: its command, what it says, and what can be done with it. */
export function PromptRow({ prompt, onEdit }: PromptRowProps) {
  const t = useTranslations('prompts')
  const remove = useRemovePrompt()
  const { id, name, command, content, description, own, shared } = prompt
  return (
    <li className="rounded-md border border-line bg-raised py-3 pr-2 pl-4">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-baseline gap-x-2.5">
            <span className="break-words font-semibold text-reading">{name}</span>
            <code className="break-all text-ink-faint text-mini">/{command}</code>
          </h2>
          <p className="mt-0.5 line-clamp-2 whitespace-pre-wrap break-words text-ink-soft">
            {description || content}
          </p>
          {(shared || !own) && (
            <p className="mt-1 flex items-center gap-1.5 text-ink-faint text-mini">
              <Users className="size-3.5" aria-hidden />
              {own ? t('sharedMark') : t('theirs')}
            </p>
          )}
        </div>
        <div className="flex shrink-0 items-center">
          <KeptButtons
            name={name}
            own={own}
            onCopy={copy => onEdit({ id: null, from: { name: copy, content, description } })}
            onEdit={() => onEdit({ id, from: prompt })}
            remove={() => remove.mutateAsync(id)}
          />
        </div>
      </div>
    </li>
  )
}
