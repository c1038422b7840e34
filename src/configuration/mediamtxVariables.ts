import { type ServerInput, serverInputSchema } from '../shared/servers.ts'
import type { SettingEnv } from '../shared/settings.ts'
import type { ValidationError } from '../shared/validationErrors.ts'
import type { DefaultStreams } from '../shared/webrtc.ts'

/** Port of the API of a MediaMTX that is configured as it comes. */
const defaultApiPort = 9997
const exampleHost = 'localhost'
const exampleUrl = 'http://localhost:8889/test/whip'

type Variable = Extract<SettingEnv, `MEDIAMTX_${string}`>
type Report = (name: Variable, validationError: ValidationError) => void

/**
 * The servers, with the one that variables name which applications have for their MediaMTX: `MEDIAMTX_HOST` is added, or gives one of the same host its
 * addresses. The streams of `MEDIAMTX_WHIP_URL` and `MEDIAMTX_WHEP_URL` are those that are meant where a request names none.
 */
export function withMediamtxVariables(
  servers: readonly ServerInput[],
  env: Readonly<Record<string, string | undefined>>,
  report: Report,
): { readonly servers: readonly ServerInput[]; readonly defaultStreams: DefaultStreams | null } {
  const given = (name: Variable) => env[name]?.trim() || null
  const port = (name: Variable): number | null => {
    const text = given(name)
    if (text === null) return null
    if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text)
    report(name, { kind: 'notWithin', least: 1, most: 65_535 })
    return null
  }
  const url = (name: Variable): URL | null => {
    const text = given(name)
    if (text === null) return null
    const read = URL.canParse(text) ? new URL(text) : null
    if (read !== null && (read.username || read.password)) report(name, { kind: 'userInAddress' })
    else if (read === null || !/^https?:$/.test(read.protocol)) report(name, { kind: 'notSuchAs', example: exampleUrl })
    else return read
    return null
  }
  const named = hostOf(given('MEDIAMTX_HOST'), () => report('MEDIAMTX_HOST', { kind: 'notSuchAs', example: exampleHost }))
  const whip = url('MEDIAMTX_WHIP_URL')
  const whep = url('MEDIAMTX_WHEP_URL')
  const whipPort = port('MEDIAMTX_WHIP_PORT')
  const rtspPort = port('MEDIAMTX_RTSP_PORT')
  const endpoint = whip ?? whep
  // Two of them that name different endpoints are a mistake that nobody would notice otherwise.
  if (whip !== null && whep !== null && whip.origin !== whep.origin) report('MEDIAMTX_WHEP_URL', { kind: 'notOneOf', words: [whip.origin] })
  if (endpoint !== null && whipPort !== null && whipPort !== portOf(endpoint))
    report('MEDIAMTX_WHIP_PORT', { kind: 'notOneOf', words: [String(portOf(endpoint))] })
  const host = named?.hostname ?? endpoint?.hostname ?? null
  if (host === null) {
    const lonely = (['MEDIAMTX_WHIP_PORT', 'MEDIAMTX_RTSP_PORT'] as const).find((name) => given(name) !== null)
    if (lonely !== undefined && given('MEDIAMTX_HOST') === null) report(lonely, { kind: 'missing', key: 'MEDIAMTX_HOST' })
    return { servers, defaultStreams: null }
  }
  const webrtc = endpoint?.origin ?? (whipPort === null ? null : `http://${host}:${whipPort}`)
  const addresses = { ...(webrtc !== null && { webrtc }), ...(rtspPort !== null && { rtsp: `rtsp://${host}:${rtspPort}` }) }
  const index = servers.findIndex((server) => isSameHost(new URL(server.url).hostname, host))
  const defaultStreams = (server: string): DefaultStreams => ({ server, whip: whip && streamIn(whip), whep: whep && streamIn(whep) })
  const known = servers[index]
  if (known !== undefined)
    return { servers: servers.with(index, { ...known, addresses: { ...known.addresses, ...addresses } }), defaultStreams: defaultStreams(known.name) }
  // A name is shorter than a host may be.
  const isTaken = servers.some(({ name }) => name.toLowerCase() === host.slice(0, longestName))
  const name = isTaken ? `${host.slice(0, longestName - 20)} (MEDIAMTX_HOST)` : host.slice(0, longestName)
  const added = serverInputSchema.parse({ name, url: `http://${host}:${named?.port || defaultApiPort}`, addresses })
  return { servers: [...servers, added], defaultStreams: defaultStreams(added.name) }
}

/** The stream in an address such as `http://localhost:8889/test/whip`; null: it has none. */
function streamIn({ pathname }: URL): string | null {
  const name = pathname.replace(/^\/+/, '').replace(/(?:^|\/+)wh[ie]p\/*$/i, '')
  try {
    return decodeURIComponent(name) || null
  } catch {
    return null
  }
}

const longestName = 100

/** A host, with the port of its API where that is another one. */
function hostOf(text: string | null, onValidationError: () => void): URL | null {
  if (text === null) return null
  const address = text.includes(':') && !text.includes('.') && !text.startsWith('[') && text.split(':').length > 2 ? `[${text}]` : text
  const url = URL.canParse(`http://${address}`) ? new URL(`http://${address}`) : null
  const isHost = url !== null && url.hostname !== '' && url.pathname === '/' && !/[/?#@\s]/.test(address)
  if (!isHost) onValidationError()
  return isHost ? url : null
}

const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80))
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])
const isSameHost = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase() || (loopback.has(one) && loopback.has(other))
