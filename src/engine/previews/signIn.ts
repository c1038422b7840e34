import { mayGoTo } from '../http/mayGoTo.ts'
import type { ServerAccess } from '../servers/readings.ts'

/**
 * What follows from an endpoint's status. `passed`: not a matter of credentials. `signIn`: ask again with those of the API.
 * `notEncrypted`: they are wanted and must not go there. `refused`: it does not let us.
 */
export type SignIn = 'passed' | 'signIn' | 'notEncrypted' | 'refused'

/** An endpoint of a media server is asked without credentials first, and gets them only if it wants them: where anyone may read, none are sent. */
export function signInAfter(status: number, endpoint: string, access: ServerAccess, signedIn: boolean): SignIn {
  if (status !== 401 && status !== 403) return 'passed'
  if (status === 403 || signedIn || access.authorization === null) return 'refused'
  return mayGoTo(endpoint, access.url) ? 'signIn' : 'notEncrypted'
}
