import { useLocale } from '@/i18n'
import { engineName } from '@/lib/engines'

/** Says engines as alternatives in the page's language: "vLLM or SGLang". */
export function useEngineNames(): (names: string[]) => string {
  const locale = useLocale()
  const list = new Intl.ListFormat(locale, { type: 'disjunction' })
  return names => list.format(names.map(engineName))
}
