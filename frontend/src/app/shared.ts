/** Whether an address is that of a shared chat: whoever reads it may have no account here. */
export function isShared(pathname: string): boolean {
  return pathname.startsWith('/s/')
}
