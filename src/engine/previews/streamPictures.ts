import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import { createSemaphore } from '../../clock/semaphore.ts'
import { isPlainPath } from '../../shared/isPlainPath.ts'
import type { Evidence, MediaError, Snapshot } from '../../shared/media.ts'
import { airObstacle, type PictureReason } from '../../shared/previews.ts'
import type { ContentWatch } from '../../shared/probeContent.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Stream } from '../../shared/streams.ts'
import type { Log, MediaPort } from '../ports.ts'
import type { Previews } from './previews.ts'
import type { Refused } from './refusals.ts'
import { type PictureProtocol, type SourceCredentials, type StreamAccess, type StreamSource, streamSources } from './streamSources.ts'

/**
 * An address on loopback at which the media process reads one open picture through the relay. FFmpeg is given this address in place of the server's: the relay signs in, checks the certificate and keeps to the server,
 * so neither credentials nor redirects nor playlists of strangers reach FFmpeg. Only who knows the picture's ticket gets in.
 */
async function openPictureEndpoint(part: (request: Request) => Promise<Result<Response, Refused>>) {
  let bytes = 0
  let refusal: PictureReason | null = null
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const ended = new AbortController()
    response.once('close', () => ended.abort())
    // One that can't be parsed has no ticket.
    const url = URL.parse(request.url ?? '', 'http://127.0.0.1')
    const answered = url === null ? null : await part(new Request(url, { method: request.method ?? 'GET', signal: ended.signal }))
    if (answered === null || !answered.ok) {
      // Segments come and go; FFmpeg skips those that are not there.
      if (answered !== null && url?.pathname.endsWith('.m3u8')) refusal ??= answered.error.why
      response.writeHead(answered?.error.status ?? 404).end()
      return
    }
    const { status, headers, body } = answered.value
    response.writeHead(status, Object.fromEntries(headers))
    if (body === null) return void response.end()
    const counted = Readable.fromWeb(body as NodeReadableStream)
    counted.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length
    })
    await pipeline(counted, response)
  }
  const server = createServer((request, response) => {
    // FFmpeg leaves in the middle of a segment when its picture is whole, and a server that breaks off says so by that.
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    /** Origin, without a slash at its end. */
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Bytes of bodies that went through. */
    bytes: () => bytes,
    /** Why the relay first refused a playlist; null: it refused none. */
    refusal: () => refusal,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export interface StreamPicturesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly readers: OwnReaders
  /** null: no media process is available. */
  readonly media: Pick<MediaPort, 'snapshot' | 'probe'> | null
  /** The ffmpeg to use if the media process includes none; empty: the one on the PATH. */
  readonly ffmpeg: () => string
  readonly accessOf: (serverId: string) => StreamAccess | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** Used to read HLS. */
  readonly previews: Pick<Previews, 'open' | 'close' | 'part'>
  /** Id of this installation: our readers send `mtxdeck=<tag>`, so that they are not counted as viewers. */
  readonly tag: string
  readonly version: string
  /** Called when a stream was read by RTSP at this address, which contains credentials. */
  readonly readByRtsp: (serverId: string, path: string, url: string) => void
}

/** One picture of a stream. `bytesRead`: see `Snapshot`; over HLS everything that the server sent for it. */
interface StreamPicture extends Omit<Snapshot, 'tookMs'> {
  readonly protocol: PictureProtocol
}

interface ReadOptions {
  /** If aborted, the result is `cancelled`. */
  readonly signal?: AbortSignal
}
interface StreamPictureOptions extends ReadOptions {
  /** 16 to 3840; keeps the aspect ratio and never enlarges. */
  readonly widthPx: number
  /** Other waiting requests are served first. */
  readonly isLowPriority?: boolean
}
interface StreamCheckOptions extends ReadOptions {
  /** The operator confirmed that an on-demand source may be started. */
  readonly wake: boolean
  /** How much of the stream is read, ms of media time. */
  readonly checkMs: number
  /** Content checks; must include one of pictures. */
  readonly content: ContentWatch
}

/** Result of a look at a stream, with its last picture; `picture` null: none could be decoded. */
interface StreamCheck {
  readonly reading: ProbeReading
  readonly picture: Evidence | null
  readonly protocol: PictureProtocol
}

/** Maximum number of concurrent pictures, as each is a reader on the server and a decoder here; further ones wait. */
const maxAtOnce = 4
interface ReadLimits {
  readonly allMs: number
  readonly answerMs: number
}
const limits: ReadLimits = { allMs: 10_000, answerMs: 4_000 }
/** An on-demand source may take 10 s to start (MediaMTX's `sourceOnDemandStartTimeout`), and its first key frame takes longer. */
const wakeLimits: ReadLimits = { allMs: 20_000, answerMs: 12_000 }
/** For how long the protocol that worked last is tried first, ms. */
const provenMs = 600_000

const rtspRefusals = {
  sent: 'rtspReadRefused',
  none: 'rtspPasswordMissing',
  withheld: 'rtspPasswordWithheld',
  tooLong: 'rtspPasswordWithheld',
} as const satisfies Record<SourceCredentials, PictureReason['kind']>

/** Reasons that say little about the stream: any other reason is reported instead. */
const faint: ReadonlySet<PictureReason['kind']> = new Set([
  'badAddress',
  'refusedAddress',
  'unreachable',
  'refused',
  'hlsOff',
  'codecUnsupported',
  'notHls',
  'serverError',
])
/**
 * Reasons specific to the protocol, so that the next one is tried. Excluded: refused credentials, which the server logs and delays each time, and
 * reasons that apply to every protocol.
 */
const ofTheWay: typeof faint = new Set([...faint, 'rtspPasswordWithheld', 'hlsNotEncrypted', 'answerUnusable'])
const isOfTheWay = (reason: PictureReason): boolean =>
  ofTheWay.has(reason.kind) || (reason.kind === 'undecodable' && (reason.because === 'notMedia' || reason.because === 'noDecoder'))

type Failure = { readonly ok: false; readonly error: PictureReason }
const calledOff = (limit: AbortSignal, limitMs: number): Failure =>
  err(limit.reason instanceof TimeLimitError ? { kind: 'timedOut', limitMs } : { kind: 'cancelled' })

interface Asked {
  readonly serverId: string
  readonly path: string
  readonly wake: boolean
}
/** Request to the media process for one address. */
type ReadOnce<T> = (url: string, limits: { readonly timeoutMs: number; readonly answerMs?: number }, signal: AbortSignal) => Promise<Result<T, MediaError>>
interface Read<T> {
  readonly value: T
  readonly protocol: PictureProtocol
  /** Bytes that the server sent over HLS; null: not read by HLS. */
  readonly relayedBytes: number | null
}

export function createStreamPictures(deps: StreamPicturesDeps) {
  const { clock, log, readers, media, accessOf, previews, tag, version } = deps
  const semaphore = createSemaphore(maxAtOnce)
  const reader = () => ({ userAgent: `mtxdeck/${version}`, ffmpeg: deps.ffmpeg() })
  /** The protocol that worked last although others come before it, by server id. */
  const proven = new Map<string, { readonly protocol: PictureProtocol; readonly until: number }>()

  const whyNot = (serverId: string, path: string, wake: boolean): PictureReason | null => {
    const stream = deps.stream(serverId, path)
    if (!stream || accessOf(serverId) === null || !isPlainPath(path)) return { kind: 'notFound' }
    const obstacle = airObstacle(stream, wake)
    if (obstacle !== null) return { kind: obstacle }
    if (stream.tracks.length > 0 && stream.tracks.every((track) => track.kind === 'audio')) return { kind: 'noVideo' }
    return media === null ? { kind: 'unavailable', because: 'noProcess' } : null
  }

  /** Ways to try, the proven one first. */
  const waysOf = (serverId: string, access: StreamAccess, path: string) => {
    const known = proven.get(serverId)
    const protocol = known !== undefined && clock.monotonic() < known.until ? known.protocol : null
    return streamSources(access, path, tag)
      .map((way) => ({ way, isProven: way.ok && way.value.protocol === protocol }))
      .toSorted((one, other) => Number(other.isProven) - Number(one.isProven))
  }

  /** Sets no `answerMs`: a muxer just started is silent until its first segment is complete, so only the relay's own connection limits apply. */
  const readHls = async <T>(
    { serverId, path, wake }: Asked,
    ask: ReadOnce<T>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Result<Read<T>, PictureReason>> => {
    const opened = await previews.open({ serverId, path, wake, playsH265: true, viewer: randomUUID(), by: null })
    if (opened === null) return err({ kind: 'notFound' })
    if (opened.url === null) return err(opened.why)
    try {
      await using endpoint = await openPictureEndpoint(previews.part)
      const taken = await ask(`${endpoint.url}${opened.url}`, { timeoutMs }, signal)
      if (taken.ok) return ok({ value: taken.value, protocol: 'hls', relayedBytes: endpoint.bytes() })
      const isCalledOff = taken.error.kind === 'cancelled' || taken.error.kind === 'timedOut'
      return err((isCalledOff ? null : endpoint.refusal()) ?? taken.error)
    } finally {
      await previews.close({ previewId: opened.previewId })
    }
  }

  const read = async <T>(
    source: StreamSource,
    asked: Asked,
    ask: ReadOnce<T>,
    limits: Parameters<ReadOnce<T>>[1],
    signal: AbortSignal,
  ): Promise<Result<Read<T>, PictureReason>> => {
    if (source.protocol === 'hls') return await readHls(asked, ask, limits.timeoutMs, signal)
    using reader = readers.begin(asked.serverId, asked.path)
    const taken = await ask(source.url, limits, signal)
    if (taken.ok) {
      reader.hasRead()
      if (source.protocol === 'rtsp') deps.readByRtsp(asked.serverId, asked.path, source.url)
      return ok({ value: taken.value, protocol: source.protocol, relayedBytes: null })
    }
    return taken.error.kind === 'unauthorized' ? err({ kind: rtspRefusals[source.credentials] }) : taken
  }

  /** Reads a stream by the first protocol that works. `firstMs`: remaining part of `allMs` for the first one. */
  const readByWays = async <T>(
    access: StreamAccess,
    asked: Asked,
    ask: ReadOnce<T>,
    { allMs, answerMs, firstMs }: ReadLimits & { readonly firstMs: number },
    signal: AbortSignal | undefined,
  ): Promise<Result<Read<T>, PictureReason>> => {
    const { serverId } = asked
    const ways = waysOf(serverId, access, asked.path)
    let isSecondChoice = false
    let reason: PictureReason | null = null
    for (const [index, { way, isProven }] of ways.entries()) {
      const timeoutMs = index === 0 ? firstMs : allMs
      using limit = timeLimit(clock, timeoutMs, signal)
      // The proven one may be slow, and those after it have failed.
      const mayBeSlow = isProven || index === ways.length - 1
      const within = { timeoutMs, ...(!mayBeSlow && { answerMs: Math.min(answerMs, timeoutMs) }) }
      const taken = way.ok ? await read(way.value, asked, ask, within, limit.signal) : way
      if (taken.ok) {
        if (isSecondChoice) proven.set(serverId, { protocol: taken.value.protocol, until: clock.monotonic() + provenMs })
        return taken
      }
      const { kind } = taken.error
      const error = kind === 'cancelled' || (kind === 'timedOut' && limit.signal.aborted) ? calledOff(limit.signal, allMs).error : taken.error
      if (reason === null || (faint.has(reason.kind) && !faint.has(error.kind))) reason = error
      // No answer within this protocol's own limit, so there is time for another one.
      const isSilent = error.kind === 'timedOut' && error.limitMs < timeoutMs
      if (!isOfTheWay(error) && !isSilent) break
      isSecondChoice ||= way.ok && isOfTheServer(error)
    }
    proven.delete(serverId)
    return err(reason ?? { kind: 'noWayToRead' })
  }

  /** What reads a stream, where a picture would be attempted now. */
  const meansFor = (serverId: string, path: string, wake: boolean) => {
    const why = whyNot(serverId, path, wake)
    const access = accessOf(serverId)
    return why !== null || media === null || access === null ? err(why ?? ({ kind: 'notFound' } as const)) : ok({ media, access })
  }
  const take = async (
    serverId: string,
    path: string,
    { isLowPriority = false, widthPx, signal }: StreamPictureOptions,
  ): Promise<Result<StreamPicture, PictureReason>> => {
    const means = meansFor(serverId, path, false)
    if (!means.ok) return means
    const { media, access } = means.value
    const { allMs, answerMs } = limits
    const until = clock.monotonic() + allMs
    using turn = timeLimit(clock, allMs, signal)
    if (!(await semaphore.acquire(turn.signal, isLowPriority))) return calledOff(turn.signal, allMs)
    try {
      const ask: ReadOnce<Snapshot> = (url, within, ended) => media.snapshot({ ...within, ...reader(), url, widthPx }, ended)
      const firstMs = Math.max(1, Math.floor(until - clock.monotonic()))
      const taken = await readByWays(access, { serverId, path, wake: false }, ask, { allMs, answerMs, firstMs }, signal)
      if (!taken.ok) return taken
      const { value, protocol, relayedBytes } = taken.value
      const { tookMs: _, ...picture } = value
      return ok({ ...picture, protocol, ...(relayedBytes !== null && { bytesRead: relayedBytes }) })
    } finally {
      semaphore.release()
    }
  }
  return {
    /** Why no picture would be taken now: stream not found, off air, on-demand and idle, or without video; null: it would. */
    whyNot: (serverId: string, path: string) => whyNot(serverId, path, false),
    /**
     * Reads and analyses some seconds of a stream by the same protocols. Does not queue: the caller limits concurrency. Takes up to twice `checkMs` longer
     * than `take`. Never rejects.
     */
    check: async (serverId: string, path: string, { checkMs, content, signal, wake }: StreamCheckOptions): Promise<Result<StreamCheck, PictureReason>> => {
      const means = meansFor(serverId, path, wake)
      if (!means.ok) return means
      const { media, access } = means.value
      const { allMs: untilReadMs, answerMs } = wake ? wakeLimits : limits
      const ask: ReadOnce<Omit<StreamCheck, 'protocol'>> = async (url, within, ended) => {
        const found: Omit<StreamCheck, 'protocol'>[] = []
        const how = { ...reader(), url, answerMs: within.answerMs ?? untilReadMs, checkMs, isContinuous: false, content, wantsPicture: true }
        const error = await media.probe(how, (reading, picture) => void found.push({ reading, picture }), ended)
        const [first] = found
        return first === undefined ? err(error ?? { kind: 'undecodable', because: 'endedEarly' }) : ok(first)
      }
      const allMs = untilReadMs + 2 * checkMs
      const read = await readByWays(access, { serverId, path, wake }, ask, { allMs, answerMs, firstMs: allMs }, signal)
      return read.ok ? ok({ ...read.value.value, protocol: read.value.protocol }) : read
    },
    /**
     * Takes one picture now, as a reader of the server; at most four run at once. Queueing plus the first protocol, and each further protocol, take up to 10 s;
     * if others remain, one that does not answer is abandoned after 4 s, unless it worked last. An idle on-demand source is not started. Never rejects.
     */
    take: async (serverId: string, path: string, options: StreamPictureOptions): Promise<Result<StreamPicture, PictureReason>> => {
      const taken = await take(serverId, path, options)
      log.debug(
        taken.ok ? { serverId, path, protocol: taken.value.protocol } : { serverId, path, error: taken.error.kind },
        taken.ok ? 'picture taken' : 'no picture',
      )
      return taken
    },
  }
}
export type StreamPictures = ReturnType<typeof createStreamPictures>

/** Our own RTSP and SRT readers, until half a minute after their end. */
type OwnReaders = ReturnType<typeof createOwnReaders>

export function createOwnReaders(clock: Pick<Clock, 'monotonic'>) {
  /** A server may list a reader for this long after its end. */
  const listedMs = 1_000
  const knownMs = 30_000
  interface Read {
    readonly begun: number
    ended: number
    hasRead: boolean
  }
  const known = new Map<string, Map<string, readonly Read[]>>()
  const readsOf = (serverId: string, path: string): readonly Read[] => known.get(serverId)?.get(path) ?? []
  const forgetEnded = (now: number): void => {
    for (const [serverId, paths] of known) {
      for (const [path, reads] of paths) {
        const kept = reads.filter(({ ended }) => ended + knownMs >= now)
        if (kept.length > 0) paths.set(path, kept)
        else paths.delete(path)
      }
      if (paths.size === 0) known.delete(serverId)
    }
  }
  return {
    begin: (serverId: string, path: string): Disposable & { readonly hasRead: () => void } => {
      const now = clock.monotonic()
      forgetEnded(now)
      const read: Read = { begun: now, ended: Number.POSITIVE_INFINITY, hasRead: false }
      const paths = known.get(serverId) ?? new Map<string, readonly Read[]>()
      known.set(serverId, paths.set(path, [...(paths.get(path) ?? []), read]))
      return {
        hasRead: () => {
          read.hasRead = true
        },
        [Symbol.dispose]: () => {
          read.ended = clock.monotonic()
        },
      }
    },
    /** How many read a path now, or did so in the last `withinMs`; 0 where that is longer than they are known. Default: as long as a server may list them. */
    count: (serverId: string, path: string, withinMs = listedMs): number => {
      const since = clock.monotonic() - withinMs
      return withinMs > knownMs ? 0 : readsOf(serverId, path).filter(({ ended }) => ended >= since).length
    },
    /** How long those that got their picture read a path in the last `withinMs`, ms in total. */
    readMs: (serverId: string, path: string, withinMs: number): number => {
      const since = clock.monotonic() - withinMs
      const lasted = ({ begun, ended, hasRead }: Read) => (hasRead ? Math.max(0, ended - Math.max(begun, since)) : 0)
      return withinMs > knownMs ? 0 : readsOf(serverId, path).reduce((sum, read) => sum + lasted(read), 0)
    },
  }
}

/** Whether this failure applies to every stream of the server. */
const isOfTheServer = (reason: PictureReason): boolean =>
  reason.kind === 'rtspPasswordWithheld' || (reason.kind === 'unreachable' && reason.doing === 'opening')
