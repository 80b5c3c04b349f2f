import { useQuery } from '@tanstack/react-query'
import { type AuthStatus, authStatus } from './accounts'

/** What whoever is here may do. The server decides; this is so that nobody is offered what it refuses. */
export interface Permissions {
  /** Whether it is known yet; until then nothing is allowed. */
  known: boolean
  /** Start, change and stop models, fetch and remove their weights, add models to the catalogue. */
  runModels: boolean
  /** Read what engines and servers of tools write. */
  readLogs: boolean
  /** Users and their limits, remote servers, servers of tools, backups. */
  administer: boolean
  /** Make links that show a chat to whoever has them. */
  share: boolean
  /** Add programs of the server's machine as servers of tools. */
  addPrograms: boolean
}

/** The same, of what the server says about the caller. Pure. */
export function permissionsOf(status: AuthStatus | undefined): Permissions {
  const user = status?.user
  const admin = user?.role === 'admin' && user.scopes.includes('admin')
  const all = status !== undefined && (!status.accounts || admin)
  return {
    known: status !== undefined,
    runModels: all,
    readLogs: all,
    administer: all,
    share: status?.sharing === true,
    addPrograms: all && status.tool_programs,
  }
}

export function usePermissions(): Permissions {
  return permissionsOf(useQuery(authStatus()).data)
}
