/** Which prompts a `/` brings up, best first. Pure. */
import type { Prompt } from '@/api/prompts'

/** What was typed behind a `/` that begins the message; null where there is none. */
export function slashOf(text: string): string | null {
  return /^\/(\S{0,64})$/.exec(text)?.[1]?.toLowerCase() ?? null
}

type Sought = Pick<Prompt, 'command' | 'name' | 'description' | 'own'>

/** Commands that begin with what was typed come first, then any mention; one's own before others'. */
export function matching<One extends Sought>(prompts: readonly One[], query: string): One[] {
  const rank = (prompt: One) => {
    if (prompt.command.startsWith(query)) return 0
    if (prompt.name.toLowerCase().includes(query)) return 1
    return prompt.description.toLowerCase().includes(query) ? 2 : 3
  }
  return prompts
    .filter(prompt => rank(prompt) < 3)
    .sort(
      (a, b) =>
        rank(a) - rank(b) || Number(b.own) - Number(a.own) || a.command.localeCompare(b.command),
    )
}
