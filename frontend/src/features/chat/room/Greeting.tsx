import type { ChatPersona } from '@/api/types'
import { Sign } from '@/components/sign'
import { cn } from '@/lib/cn'

interface GreetingProps {
  persona: Pick<ChatPersona, 'name' | 'letter' | 'colour' | 'opening'>
  /** Where nothing has been said yet. */
  large?: boolean
}

/** A persona's name, and what it says before anything was asked. */
export function Greeting({ persona, large = false }: GreetingProps) {
  const Heading = large ? 'h1' : 'h2'
  return (
    <div className={cn('flex gap-3', large ? 'flex-col items-center px-2 pb-6' : 'pb-5')}>
      <Sign
        letter={persona.letter}
        colour={persona.colour}
        className={large ? 'size-14 text-display' : 'size-7'}
      />
      <div className={cn('min-w-0', large && 'text-center')}>
        <Heading
          className={cn(
            'break-words font-semibold',
            large ? 'text-balance text-display tracking-tight' : 'min-h-7 text-control leading-7',
          )}
        >
          {persona.name}
        </Heading>
        {persona.opening && (
          <p className="mt-0.5 max-w-xl whitespace-pre-wrap break-words text-ink-soft text-reading">
            {persona.opening}
          </p>
        )}
      </div>
    </div>
  )
}
