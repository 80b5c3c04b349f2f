/** A fresh random id. `crypto.randomUUID` exists in secure contexts only; plain http on a LAN is none. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
