import type { Failure } from '../shared/commands.ts'
import { messageOf } from '../shared/messageOf.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { readAccessToken } from './accessToken.ts'

/** Why a command did not get what it wanted; the kind is its exit code. */
export interface CommandRefusal {
  readonly kind: 'usage' | 'unavailable'
  readonly failure: Failure
}
export function unavailable(failure: Failure): Result<never, CommandRefusal> {
  return err({ kind: 'unavailable', failure })
}
export function wrongUsage(failure: Failure): Result<never, CommandRefusal> {
  return err({ kind: 'usage', failure })
}

/** A console that runs, and how it is spoken to. */
export interface AskedConsole {
  readonly url: string
  /** The sign-in token; null: that of `tokenFile`. */
  readonly token: string | null
  readonly tokenFile: string
  readonly signal: AbortSignal
}

/** Calls the REST API of a running console. `path` may have a query; with `body` it is a POST of JSON. */
export async function askConsole(asked: AskedConsole, path: string, body?: unknown): Promise<Result<Response, CommandRefusal>> {
  if (!URL.canParse(asked.url)) return wrongUsage({ kind: 'notAUrl', text: asked.url })
  const url = new URL(path, asked.url)
  const { origin } = url
  const token = readAccessToken(asked)
  if (token === null) return unavailable({ kind: 'tokenWanted', origin })
  const headers = { Authorization: `Bearer ${token}`, 'Accept-Language': 'en' }
  const post = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  let answer: Response
  try {
    answer = await fetch(url, { ...(body === undefined ? { headers } : post), redirect: 'manual', signal: asked.signal })
  } catch (error) {
    if (asked.signal.aborted) return unavailable({ kind: 'stopped' })
    return unavailable({ kind: 'noAnswer', origin, because: messageOf(error instanceof Error ? (error.cause ?? error) : error) })
  }
  if (answer.ok) return ok(answer)
  const said = (await answer.json().catch(() => null)) as { message?: unknown } | null
  const text = typeof said?.message === 'string' ? said.message : `${answer.status} ${answer.statusText}`
  return answer.status === 400 || answer.status === 404
    ? wrongUsage({ kind: 'questionWrong', text })
    : unavailable({ kind: 'refusedBy', origin, because: text })
}
