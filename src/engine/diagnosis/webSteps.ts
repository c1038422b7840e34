import { withoutSlash } from '../../shared/endpoints.ts'
import type { ServerError } from '../../shared/errors.ts'
import { ok, type Result } from '../../shared/result.ts'
import { gateAt, signInAt } from '../http/gate.ts'
import { quotedMessage, statusToServerError } from '../http/serverFailure.ts'
import { createServerPool, encodePathName, type ServerPool } from '../http/serverPool.ts'
import type { SentReply, WholeReply } from '../http/takeReplies.ts'
import { answers, type EndpointAddress, failed, failedWith, type Means, passed, refused, type StepResult } from './endpoints.ts'

const mostBytes = 256 * 1024
/** A playlist of hours (`hlsSegmentCount`) has some 150 bytes a segment. */
const mostPlaylistBytes = 4 << 20

async function withPool<T>(means: Means, url: string, ask: (pool: ServerPool, prefix: string) => Promise<T>, maxResponseBytes = mostBytes): Promise<T> {
  const { clock, userAgent, fingerprint } = means
  const pool = createServerPool({ clock, url, fingerprint, gate: gateAt(url, means), userAgent, maxResponseBytes, connections: 1 })
  try {
    return await ask(pool, withoutSlash(new URL(url).pathname))
  } finally {
    await pool.close()
  }
}

const wordsOf = ({ contentType, body }: WholeReply): string => quotedMessage(contentType, body.toString('utf8'))

/** Requests one path, which needs the same permission as polling, and the version. */
export function askApi(means: Means, signal: AbortSignal): Promise<Result<{ readonly version: string | null }, ServerError>> {
  return withPool(means, means.url, async (pool, prefix) => {
    const headers: Readonly<Record<string, string>> = means.authorization === null ? {} : { authorization: means.authorization }
    const listed = await pool.read(`${prefix}/v3/paths/list?itemsPerPage=1&page=0`, signal, headers)
    if (!listed.ok) return listed
    const { status, body, contentType, server } = listed.value
    if (status !== 200) return { ok: false, error: statusToServerError(listed.value, body.toString('utf8'), means.authorization !== null) }
    if (!/json/i.test(contentType)) return { ok: false, error: { kind: 'notMediaMtx', contentType, server } }
    const info = await pool.read(`${prefix}/v3/info`, signal, headers)
    return ok({ version: info.ok && info.value.status === 200 ? versionIn(info.value.body.toString('utf8')) : null })
  })
}

/** In custom builds the version contains a line break. */
const versionIn = (body: string): string | null => /"version"\s*:\s*"([\w.+-]{1,40})(?:\\[nrt]| )*"/.exec(body)?.[1] ?? null

/** Whether MediaMTX's API answers at an unexpected address. Sends no credentials. */
export function isApiAt(means: Means, url: string, signal: AbortSignal): Promise<boolean> {
  return withPool(means, url, async (pool) => {
    const reply = await pool.read('/v3/paths/list?itemsPerPage=1', signal)
    return reply.ok && reply.value.server.toLowerCase() === 'mediamtx' && (reply.value.status === 200 || reply.value.status === 401)
  })
}

/** Whether MediaMTX answers at a web listener, by a request without effect. Sends no credentials. */
export function askWebEndpoint(means: Means, endpoint: EndpointAddress, signal: AbortSignal): Promise<StepResult> {
  return withPool(means, endpoint.url, async (pool, prefix) => {
    const reply = await pool.read(`${prefix}/`, signal)
    if (!reply.ok) return reply.error.kind === 'notMediaMtx' ? failed({ kind: 'otherProgram' }) : failedWith(reply.error)
    // A proxy with a path of its own usually reports another server name.
    return reply.value.server.toLowerCase() === 'mediamtx' || prefix !== '' ? answers : failed({ kind: 'otherProgram' })
  })
}

const isPathUnknown = (reply: WholeReply): boolean => /^path '.*' is not configured$/.test(wordsOf(reply))

function refusedBy(reply: WholeReply, credentials: boolean): StepResult {
  return isPathUnknown(reply) ? failed({ kind: 'pathNotConfigured' }) : refused(reply.status, wordsOf(reply), credentials)
}

/** Requests the page of a stream's HLS player: it needs permission to read, and starts no reader. */
export function askHlsPage(means: Means, endpoint: EndpointAddress, path: string, signal: AbortSignal): Promise<StepResult> {
  return withPool(means, endpoint.url, async (pool, prefix) => {
    const headers = signInAt(endpoint.url, means)
    const reply = await pool.read(`${prefix}/${encodePathName(path)}/`, signal, headers)
    if (!reply.ok) return failedWith(reply.error)
    return reply.value.status === 200 ? answers : refusedBy(reply.value, 'authorization' in headers)
  })
}

/** Whether a browser may read a stream by WHEP: at OPTIONS the server checks the permission of the user, and starts no session. */
export function askWhep(means: Means, endpoint: EndpointAddress, path: string, signal: AbortSignal): Promise<StepResult> {
  return withPool(means, endpoint.url, async (pool, prefix) => {
    const headers = signInAt(endpoint.url, means)
    const reply = await pool.send('OPTIONS', `${prefix}/${encodePathName(path)}/whep`, signal, { headers })
    if (!reply.ok) return failedWith(reply.error)
    return reply.value.status >= 200 && reply.value.status < 300 ? answers : refusedBy(reply.value, 'authorization' in headers)
  })
}

const cookiesOf = ({ headers }: SentReply): readonly string[] =>
  [headers['set-cookie'] ?? []].flat().flatMap((cookie) => /^[\w-]{1,60}=[\w-]{1,100}/.exec(cookie)?.[0] ?? [])

/** Duration of the longest segment of a media playlist, s; null: it has none yet. undefined: not a playlist. */
export function longestSegmentIn(playlist: string): number | null | undefined {
  if (!playlist.startsWith('#EXTM3U')) return undefined
  let longest = Number.NEGATIVE_INFINITY
  for (const [, seconds] of playlist.matchAll(/^#EXTINF:(\d{1,6}(?:\.\d{1,9})?)/gm)) longest = Math.max(longest, Number(seconds))
  if (longest < 0) longest = Number(/^#EXT-X-TARGETDURATION:(\d{1,6})/m.exec(playlist)?.[1] ?? Number.NaN)
  return Number.isFinite(longest) ? Math.round(longest * 10) / 10 : null
}

const mostRedirects = 3

/** Reads the playlist of a stream like a player, which creates a reader with our tag for half a minute. */
export function readPlaylist(means: Means, endpoint: EndpointAddress, path: string, signal: AbortSignal): Promise<StepResult> {
  return withPool(
    means,
    endpoint.url,
    async (pool, prefix) => {
      const credentials = signInAt(endpoint.url, means)
      const cookies = new Set<string>()
      const origin = new URL(endpoint.url).origin
      let address = new URL(`${prefix}/${encodePathName(path)}/index.m3u8?mtxdeck=${encodeURIComponent(means.tag)}`, origin)
      let playlist = ''
      // The multivariant playlist, then that of a variant; each may be behind a redirect that tests cookies.
      for (let list = 0, redirects = 0; list < 2; ) {
        const headers = { ...credentials, ...(cookies.size > 0 && { cookie: [...cookies].join('; ') }) }
        const reply = await pool.read(`${address.pathname}${address.search}`, signal, headers)
        if (!reply.ok) return failedWith(reply.error)
        const { status, location } = reply.value
        for (const cookie of cookiesOf(reply.value)) cookies.add(cookie)
        if (status === 302 && redirects++ < mostRedirects) {
          address = new URL(location, address)
          if (address.origin !== origin) return failedWith({ kind: 'redirected', status, location: address.origin })
          continue
        }
        if (status !== 200) return refused(status, wordsOf(reply.value), 'authorization' in credentials)
        playlist = reply.value.body.toString('utf8')
        const variant =
          list === 0 && playlist.includes('#EXT-X-STREAM-INF') ? playlist.split(/\r?\n/).find((line) => line !== '' && !line.startsWith('#')) : undefined
        if (variant === undefined) break
        address = new URL(variant, address)
        if (address.origin !== origin) break
        list++
      }
      const longestSegmentSeconds = longestSegmentIn(playlist)
      return longestSegmentSeconds === undefined ? failed({ kind: 'otherProgram' }) : passed({ kind: 'playlist', longestSegmentSeconds })
    },
    mostPlaylistBytes,
  )
}
