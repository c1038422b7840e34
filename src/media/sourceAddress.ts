import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { ipOf } from '../shared/ipAddresses.ts'
import { type AddressFault, mediaSchemes } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'

/** An address that may be opened, and what FFmpeg may use for that. */
export interface SourceAddress {
  /** Without the parameters in `parameters`. */
  readonly url: string
  /** For SRT and UDP, kept out of `url`: depending on its version, FFmpeg truncates those after 255 characters or does not decode them. */
  readonly parameters: Readonly<Record<string, string>>
  readonly scheme: (typeof mediaSchemes)[number]
  /** FFmpeg's `protocol_whitelist`: protocols required by the address itself, and allowed in its playlists. */
  readonly protocols: string
  readonly host: string
  /** Address of the proxy that FFmpeg's connections over HTTP go through. */
  readonly proxy?: string
  readonly header?: string
  /** FFmpeg connects directly, and only to this address: redirects and playlists are refused. `host`: host name to request there. */
  readonly direct?: { readonly host: string }
}

/**
 * Protocols by scheme. A playlist that names `file:` or another protocol than these is refused by FFmpeg itself
 * (reading a file through a playlist is the classic vulnerability of such tools).
 */
const protocolsByScheme: Record<SourceAddress['scheme'], string> = {
  http: 'http,https,httpproxy,tcp,tls,crypto',
  https: 'http,https,httpproxy,tcp,tls,crypto',
  rtsp: 'rtsp,rtp,udp,tcp',
  rtsps: 'rtsps,rtsp,rtp,srtp,udp,tcp,tls',
  rtmp: 'rtmp,tcp',
  rtmps: 'rtmps,rtmp,tls,tcp',
  srt: 'srt',
  // For what `whepSession.ts` passes to FFmpeg.
  whep: 'data,rtp,udp',
  wheps: 'data,rtp,udp',
  udp: 'udp',
}

/** Demuxers for streams of media servers, without those for playlists. */
export const streamFormats = 'mpegts,mov,mp4,m4a,3gp,3g2,mj2,rtsp,rtp,sdp,flv,live_flv,aac,h264,hevc,obu,av1,mp3,ogg,matroska,webm,webvtt'
/** Also allows HLS, but no formats that refer to files (concat, ffconcat, dash). */
export const allowedFormats = `hls,${streamFormats}`

/** Parameters of an address that become FFmpeg options. */
const parametersOf: Partial<Record<SourceAddress['scheme'], ReadonlySet<string>>> = {
  srt: new Set(['streamid', 'passphrase', 'pbkeylen', 'latency', 'pkt_size', 'mode']),
  udp: new Set(['localaddr']),
}

/** Purpose of opening an address. A probe may also read by WHEP, or wait for the stream to be sent here: by UDP, or by SRT as listener. */
type SourceUse = 'picture' | 'probe'
const probedOnly: ReadonlySet<SourceAddress['scheme']> = new Set(['udp', 'whep', 'wheps'])

/** Metadata services of clouds that are not link-local. */
const metadata: ReadonlySet<string> = new Set(['fd00:ec2::254', '100.100.100.200'])
/** Link-local addresses belong to cloud metadata services and neighbouring machines, not to media servers. */
function isForbidden(text: string): boolean {
  const address = ipOf(text)
  return address !== null && (address.range() === 'linkLocal' || metadata.has(address.toString()))
}

/** From where an address is reachable. 0: anywhere, 1: its private network, 2: this machine. */
function depthOf(address: string): number {
  const range = ipOf(address)?.range()
  if (range === 'loopback' || range === 'unspecified') return 2
  return range === 'private' || range === 'carrierGradeNat' || range === 'uniqueLocal' ? 1 : 0
}

/**
 * Whether a stream whose host has the addresses `own` may lead, by a redirect or a playlist, to a host with the addresses `next`: a stream from the internet
 * may not lead into private networks, nor one from another machine to this machine.
 */
export function mayLeadTo(own: readonly string[], next: readonly string[]): boolean {
  return Math.max(0, ...next.map(depthOf)) <= Math.min(2, ...own.map(depthOf))
}

/**
 * The addresses of another host that a stream may lead to: all or none (null). For the stream's own host given by name, only those as checked before or no
 * further inside (`mayLeadTo`), because a name server may answer differently the second time.
 */
export function reachableOf({ source, addresses }: FoundAddress, host: string, looked: readonly string[]): readonly string[] | null {
  if (host !== source.host) return mayLeadTo(addresses, looked) ? looked : null
  if (isIP(host) !== 0) return looked
  const same = looked.filter((address) => addresses.includes(address) || mayLeadTo(addresses, [address]))
  return same.length > 0 ? same : null
}

/** Validates the text itself: scheme, form and parameters. */
export function parseSourceAddress(text: string, use: SourceUse = 'picture'): Result<SourceAddress, AddressFault> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0020\u007f"'`<>\\|]/.test(text)) return err('characters')
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return err('notAnAddress')
  }
  const scheme = mediaSchemes.find((known) => url.protocol === `${known}:`)
  if (!scheme || (probedOnly.has(scheme) && use !== 'probe')) return err('scheme')
  // WHATWG ignores extra slashes before a host; FFmpeg then treats the host as empty, which is this machine.
  const start = `${scheme}://`
  if (!text.toLowerCase().startsWith(start) || text[start.length] === '/') return err('notInFull')
  if (url.hostname === '') return err('noHost')
  const { protocol, host, hostname, port, searchParams } = url
  const known = parametersOf[scheme]
  const common = { scheme, protocols: protocolsByScheme[scheme], host: hostname.replace(/^\[|\]$/g, '') }
  if (known === undefined) return ok({ ...common, url: text, parameters: {} })
  for (const [name, value] of searchParams) {
    if (!known.has(name)) return err('parameters')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a line end would begin another option in ffmpeg's list
    if (/[\u0000-\u001f\u007f]/.test(value)) return err('characters')
  }
  if (scheme === 'udp' && port === '') return err('notInFull')
  const mode = searchParams.get('mode') ?? 'caller'
  if (mode !== 'caller' && !(mode === 'listener' && use === 'probe')) return err('notCaller')
  return ok({ ...common, url: `${protocol}//${host}`, parameters: Object.fromEntries(searchParams) })
}

/** An address whose host was resolved. */
export interface FoundAddress {
  readonly source: SourceAddress
  /** Its host's addresses; empty: the name could not be resolved. */
  readonly addresses: readonly string[]
}

/**
 * Also resolves the host's name, and refuses link-local and metadata addresses. FFmpeg resolves it again when it
 * connects, so this stops mistakes and imported lists, but not an attacker who controls the name server.
 */
export async function checkSourceAddress(text: string, use?: SourceUse): Promise<Result<FoundAddress, AddressFault>> {
  const parsed = parseSourceAddress(text, use)
  if (!parsed.ok) return parsed
  const addresses = await addressesOf(parsed.value.host)
  return addresses.ok ? ok({ source: parsed.value, addresses: addresses.value }) : addresses
}

/** The addresses of a host, or an error if any is link-local. Empty: its name could not be resolved, which FFmpeg reports as unreachable. */
export async function addressesOf(host: string): Promise<Result<readonly string[], 'linkLocal'>> {
  const found = await lookup(host, { all: true }).catch(() => [])
  const addresses = found.map(({ address }) => address)
  return addresses.some((address) => isForbidden(address)) ? err('linkLocal') : ok(addresses)
}
