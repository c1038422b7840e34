import { noServerOfName, serverOf } from '../shared/askedServer.ts'
import type { CallContext } from '../shared/permissions.ts'
import { refusalError } from './refusalError.ts'
import type { Servers } from './servers/servers.ts'

export type RefuseUnknownServer = ReturnType<typeof createRefuseUnknownServer>

/** `readOnly`: a bundle is shown, whose servers are of the past. */
export function createRefuseUnknownServer(readOnly: boolean, servers: Pick<Servers, 'all'>) {
  /**
   * Refuses a script that names a server which is not watched: with nothing found, a slip of the pen would look like a quiet server. A window
   * searches as somebody types, and shows what is left of servers that were removed. `asked` undefined: none is named.
   */
  return (field: 'server' | 'serverId', asked: string | undefined, { language }: CallContext): void => {
    if (asked === undefined || asked === '' || language === undefined || readOnly) return
    const all = servers.all()
    if (field === 'server' ? serverOf(asked, all) !== undefined : all.some(({ id }) => id === asked)) return
    const byName = field === 'serverId' ? serverOf(asked, all) : undefined
    const validationError = noServerOfName(asked, all)
    // An id is wanted, and a name was given.
    const said = byName === undefined || validationError.kind !== 'noServerOfName' ? validationError : { ...validationError, meant: byName.id }
    throw refusalError('NOT_FOUND', 404, { kind: 'notAccepted', validationErrors: [{ field, validationError: said }], more: 0 })
  }
}
