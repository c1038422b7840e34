import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../shared/messageOf.ts'
import { readAccessToken } from './accessToken.ts'
import { exitCodes, fail } from './command.ts'

/** File with the address of the console that runs on a data folder. Deleted at an orderly end. */
export function consoleAddressFile(dataDir: string) {
  return join(dataDir, 'console.json')
}

/** Address of the console that runs on this data folder; null: none is running. */
export function readConsoleAddress(dataDir: string): string | null {
  try {
    return (JSON.parse(readFileSync(consoleAddressFile(dataDir), 'utf8')) as { url: string }).url
  } catch {
    return null
  }
}

/** A console that runs, and how it is spoken to. */
export interface AskedConsole {
  readonly url: string
  /** The sign-in token; null: that of `tokenFile`. */
  readonly token: string | null
  readonly tokenFile: string
  readonly signal: AbortSignal
}

/** Calls the REST API of a running console, or ends the command. `path` may have a query; with `body` it is a POST of JSON. */
export async function askConsole(asked: AskedConsole, path: string, body?: unknown): Promise<Response> {
  if (!URL.canParse(asked.url)) return fail(`--url: expected an address such as https://noc:8787, not "${asked.url}"`, exitCodes.usage)
  const url = new URL(path, asked.url)
  const { origin } = url
  const token = readAccessToken(asked)
  if (token === null) return fail(`The console at ${origin} wants a token: give it in MTXDECK_TOKEN or MTXDECK_TOKEN_FILE.`)
  const headers = { Authorization: `Bearer ${token}`, 'Accept-Language': 'en' }
  const post = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  let answer: Response
  try {
    answer = await fetch(url, { ...(body === undefined ? { headers } : post), redirect: 'manual', signal: asked.signal })
  } catch (error) {
    if (asked.signal.aborted) return fail('The command was stopped.')
    return fail(`The console at ${origin} does not answer (${messageOf(error instanceof Error ? (error.cause ?? error) : error)}).`)
  }
  if (answer.ok) return answer
  const said = (await answer.json().catch(() => null)) as { message?: unknown } | null
  const text = typeof said?.message === 'string' ? said.message : `${answer.status} ${answer.statusText}`
  return answer.status === 400 || answer.status === 404 ? fail(text, exitCodes.usage) : fail(`The console at ${origin} refuses: ${text}`)
}
