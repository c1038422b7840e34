import type { Clock } from '../clock/clock.ts'
import { createMediaRequests, type MediaRequests } from '../media/mediaRequests.ts'
import { type ForkedNode, forkNode, letGo } from '../processes/forkNode.ts'
import { noNewPrivileges } from '../processes/noNewPrivileges.ts'
import { superviseProcess } from '../processes/superviseProcess.ts'
import { fromMediaSchema, type MediaBackend, type MediaUse, mediaBackendVariable, mediaEnvironment, mediaFlags, type ToMedia } from '../shared/media.ts'
import { err } from '../shared/result.ts'

/** Takes pictures of streams and measures them, in separate processes. */
export interface MediaClient extends Pick<MediaRequests, 'snapshot' | 'tools' | 'probe' | 'publish'> {
  /** The running process for pictures or probes; null while there is none. */
  readonly pid: (use?: MediaUse) => number | null
  readonly deaths: () => Readonly<Record<MediaUse, number>>
  /** Ends the processes; open requests answer `cancelled`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

interface MediaClientOptions {
  readonly clock: Clock
  readonly log: { readonly warn: (facts: object, text: string) => void }
  /** Uses only this backend; null: node-av if it loads, otherwise ffmpeg. */
  readonly backend?: MediaBackend | null
  readonly entry?: URL
}

const stopLimitMs = 500

/**
 * Starts a media process for pictures at the first request for one, and another one for probes at the first probe, and keeps them alive.
 *
 * 1. At most one process of each exists. After a crash the next one starts in 0.5 s, doubling up to 30 s, until one answers again.
 * 2. Requests to a process that crashed answer `crashed`; waiting requests go to the next one.
 * 3. An address on which three processes crashed is not tried for ten minutes.
 */
export function createMediaClient(options: MediaClientOptions): MediaClient {
  const own = { pictures: createProcess(options, 'pictures'), probes: createProcess(options, 'probes') }
  let closed = false
  return {
    snapshot: async (request, signal) => {
      if (closed) return err({ kind: 'cancelled' })
      return await own.pictures.requests.snapshot(request, signal)
    },
    tools: async (ffmpeg, signal) => {
      if (closed) return err({ kind: 'cancelled' })
      return await own.pictures.requests.tools(ffmpeg, signal)
    },
    probe: async (request, onReading, signal) => {
      if (closed) return { kind: 'cancelled' }
      return await own.probes.requests.probe(request, onReading, signal)
    },
    publish: async (request, onSent, signal) => {
      if (closed) return { kind: 'cancelled' }
      return await own.probes.requests.publish(request, onSent, signal)
    },
    pid: (use = 'pictures') => own[use].pid(),
    deaths: () => ({ pictures: own.pictures.deaths(), probes: own.probes.deaths() }),
    [Symbol.asyncDispose]: async () => {
      closed = true
      await Promise.all([own.pictures.stop(), own.probes.stop()])
    },
  }
}

/** One process and the requests to it. */
function createProcess({ clock, log, backend = null, entry = new URL('../media/index.ts', import.meta.url) }: MediaClientOptions, use: MediaUse) {
  let running: ForkedNode | null = null
  let died = 0
  const env = { ...process.env, ...(backend !== null && { [mediaBackendVariable]: backend }) }
  const requests = createMediaRequests({ clock, want: () => supervised.start() })
  const supervised = superviseProcess<ToMedia | typeof letGo, unknown, never>({
    clock,
    givesUp: false,
    spawn: () => {
      running = forkNode(entry, { env: mediaEnvironment(env, use), flags: mediaFlags[use], by: noNewPrivileges() })
      return running
    },
    onMessage: (message) => {
      const parsed = fromMediaSchema.safeParse(message)
      // Its native code is corrupted, so none of its answers can be trusted.
      if (!parsed.success) running?.kill()
      else if (parsed.data.kind === 'ready') requests.opened(supervised.post)
      else {
        supervised.markSteady()
        requests.answered(parsed.data)
      }
    },
    onLife: () => {},
    onDeath: (why, deaths) => {
      running = null
      died++
      log.warn({ why, deaths, of: use }, 'the media process ended and is started again')
      requests.died()
    },
  })
  return {
    requests,
    pid: () => running?.pid ?? null,
    deaths: () => died,
    stop: async () => {
      requests.settleAll({ kind: 'cancelled' })
      // It ends itself and its child processes; without a limit, blocked native reads could keep it alive.
      await supervised.stop(letGo, stopLimitMs)
      running = null
    },
  }
}
