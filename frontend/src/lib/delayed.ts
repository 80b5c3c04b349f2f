import { useEffect, useState } from 'react'

/** True once `value` has been true for `ms`: a skeleton for what is slow, nothing for what is quick. */
export function useDelayed(value: boolean, ms = 150): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!value) {
      setLate(false)
      return
    }
    const timer = setTimeout(() => setLate(true), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return late && value
}
