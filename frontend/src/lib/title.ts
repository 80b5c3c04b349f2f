import { useEffect } from 'react'

const program = 'StellarChat'
let name = program
let mark = ''

const show = () => {
  document.title = mark + name
}

/** The tab's title while a room is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    name = `${title} · ${program}`
    show()
    return () => {
      name = program
      show()
    }
  }, [title])
}

/** Put a sign before the tab's title, whatever room is shown; '' takes it away. */
export function markTitle(sign: string): void {
  mark = sign
  show()
}
