import { type ReactNode, useEffect, useRef, useState } from 'react'

interface Heading {
  title: string
  section: HTMLElement
}

/** A long page with the list of its sections beside it, where the window is wide enough for both. */
export function Contents({ label, children }: { label: string; children: ReactNode }) {
  const body = useRef<HTMLDivElement>(null)
  const [headings, setHeadings] = useState<Heading[]>([])

  // Sections come in late, and only some for some people: what is there is looked up.
  useEffect(() => {
    const within = body.current
    if (!within) return
    const look = () => {
      const sections = [...within.querySelectorAll<HTMLElement>('section[aria-label]')]
      const outer = sections.filter(section => !section.parentElement?.closest('section'))
      setHeadings(outer.map(section => ({ title: section.ariaLabel ?? '', section })))
    }
    look()
    const watch = new MutationObserver(look)
    watch.observe(within, { childList: true, subtree: true })
    return () => watch.disconnect()
  }, [])

  const go = (section: HTMLElement) => {
    section.scrollIntoView({ block: 'start', behavior: 'smooth' })
    section.tabIndex = -1
    section.focus({ preventScroll: true })
  }

  return (
    <div className="relative">
      <nav
        aria-label={label}
        className="absolute inset-y-0 right-full mr-8 hidden w-32 min-[1400px]:block"
      >
        <ul className="sticky top-14 flex flex-col gap-0.5">
          {headings.map(({ title, section }) => (
            <li key={title}>
              <button
                type="button"
                className="w-full rounded-lg px-2 py-1 text-left text-ink-soft hover:bg-sunken hover:text-ink"
                onClick={() => go(section)}
              >
                {title}
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <div ref={body} className="[&_section]:scroll-mt-6 [&_section]:outline-none">
        {children}
      </div>
    </div>
  )
}
