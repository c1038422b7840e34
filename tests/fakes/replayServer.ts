import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Real servers whose answers are recorded in tests/fixtures/recorded. */
export const recordedVersions = ['v1.3.1', 'v1.5.1', 'v1.9.3', 'v1.15.6', 'v1.17.1', 'v1.20.1'] as const
export type RecordedVersion = (typeof recordedVersions)[number]

/** Moments with whole sets of lists; `3-edges` holds single answers. */
export const recordedMoments = [
  '0-empty',
  '1-busy',
  '2-busy-2s-later',
  '4-publishers-gone',
  '5-publisher-back',
  '6-stalled',
  '7-stalled-13s',
  '8-restarted',
] as const
export type RecordedMoment = (typeof recordedMoments)[number]

export interface Recording {
  readonly request: { readonly method: string; readonly port: number; readonly path: string }
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: unknown
}

const folder = new URL('../fixtures/recorded/', import.meta.url)

/** One recorded answer, such as `recorded('v1.20.1', '3-edges', 'wrong-password')`. */
export const recorded = (version: RecordedVersion, moment: RecordedMoment | '3-edges', name: string): Recording =>
  JSON.parse(readFileSync(new URL(`${version}/${moment}/${name}.json`, folder), 'utf8')) as Recording

/** All answers of a moment by method and path without query; configuration was recorded once, at the start. */
function recordingsOf(version: RecordedVersion, moment: RecordedMoment): ReadonlyMap<string, Recording> {
  const byPath = new Map<string, Recording>()
  for (const part of ['0-empty', moment] as const) {
    const directory = new URL(`${version}/${part}/`, folder)
    if (!existsSync(directory)) continue
    for (const file of readdirSync(directory)) {
      const recording = recorded(version, part, file.replace(/\.json$/, ''))
      byPath.set(`${recording.request.method} ${recording.request.path.split('?', 1)[0]}`, recording)
    }
  }
  return byPath
}

export interface ReplayServer {
  readonly url: string
  /** All requests so far: method, path with query. */
  readonly requests: readonly string[]
  readonly headers: readonly IncomingMessage['headers'][]
  /** Goes on with another moment of the same server. */
  readonly moveTo: (moment: RecordedMoment) => void
  /** Answers this instead, until it returns false. */
  readonly override: (handler: ((request: IncomingMessage, response: ServerResponse) => boolean) | null) => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** The user of the recorded servers; up to 1.5 they need none. */
export const recordedAuthorization = `Basic ${Buffer.from('noc:watch-me').toString('base64')}`

/** Serves what a real server answered in a moment, over real HTTP: same status, headers and body for the same method and path. */
export async function startReplayServer(version: RecordedVersion, moment: RecordedMoment = '1-busy'): Promise<ReplayServer> {
  let recordings = recordingsOf(version, moment)
  let override: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null
  const requests: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const asksForPassword = version !== 'v1.3.1' && version !== 'v1.5.1'
  const send = (response: ServerResponse, recording: Recording) => {
    for (const [name, value] of Object.entries(recording.headers)) response.setHeader(name, typeof value === 'string' ? value : [...value])
    response.statusCode = recording.status
    response.end(typeof recording.body === 'string' ? recording.body : JSON.stringify(recording.body))
  }
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    headers.push(request.headers)
    if (override?.(request, response)) return
    const given = request.headers.authorization
    if (asksForPassword && given !== recordedAuthorization) {
      send(response, recorded(version, '3-edges', given === undefined ? 'no-credentials' : 'wrong-password'))
      return
    }
    const found = recordings.get(`${request.method} ${request.url?.split('?', 1)[0]}`)
    send(response, found ?? recorded(version, '3-edges', 'unknown-endpoint'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    headers,
    moveTo: (next) => {
      recordings = recordingsOf(version, next)
    },
    override: (handler) => {
      override = handler
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
