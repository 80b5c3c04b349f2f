/** Whether an address is that of a shared chat: whoever reads it may have no account here. */
export function isShared(pathname: string): boolean {
  return pathname.startsWith('/s/')
}

/** Whether an address is nothing but a way in. */
export function isWayIn(pathname: string): boolean {
  return /^\/(login|setup|signup|reset)$/.test(pathname)
}
