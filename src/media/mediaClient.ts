import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Clock } from '../clock/clock.ts'
import { type Confinement, confine } from '../processes/confine.ts'
import { type ForkedNode, forkNode, letGo } from '../processes/forkNode.ts'
import { pidWithin } from '../processes/sandbox.ts'
import { superviseProcess } from '../processes/superviseProcess.ts'
import {
  fromMediaSchema,
  type MediaBackend,
  type MediaUse,
  mediaBackendVariable,
  mediaEnvironment,
  mediaFlags,
  mediaSandboxVariable,
  type ToMedia,
  type WantedSandbox,
} from '../shared/media.ts'
import { err } from '../shared/result.ts'
import { programsFor } from './ffmpeg.ts'
import { createMediaRequests, type MediaRequests } from './mediaRequests.ts'

/** Takes pictures of streams and measures them, in separate processes. */
export interface MediaClient extends Pick<MediaRequests, 'snapshot' | 'tools' | 'probe' | 'publish'> {
  /** Id of the running process for pictures or probes, even inside a sandbox; null while there is none. */
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
  /** How the processes are isolated from the files and other processes of this machine; null: bubblewrap, where it is there and allowed. */
  readonly sandbox?: WantedSandbox | null
  /** Folder of the package.json whose sources the processes run; default: the one of this file. */
  readonly projectDir?: string
  /** Path of the Node that runs the processes; default: the one that runs this process. */
  readonly node?: string
  readonly entry?: URL
}

const ownProjectDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

const stopLimitMs = 500
/** Minimum interval between checks whether a process in a sandbox still sees the files that it needs, ms. */
const checkEveryMs = 1_000
/** Maximum number of ffmpeg paths, most recent ones, that are visible in the sandbox. */
const mostNamed = 4

/**
 * Starts a media process for pictures at the first picture request and another one for probes at the first probe, and keeps both alive.
 *
 * 1. At most one process of each exists. After a crash the next one starts after 0.5 s, doubling up to 30 s until one answers again.
 * 2. Requests to a process that crashed answer `crashed`; waiting requests go to the next one.
 * 3. An address on which three processes crashed is not tried for ten minutes.
 * 4. Both run in a sandbox if this machine allows one. If not, this is logged once.
 */
export function createMediaClient(options: MediaClientOptions): MediaClient {
  const { log, backend = null, sandbox = null, projectDir = ownProjectDir, node = process.execPath } = options
  const { entry = pathToFileURL(join(projectDir, 'src/media/index.ts')) } = options
  const env = { ...process.env, ...(backend !== null && { [mediaBackendVariable]: backend }) }
  let confining: Promise<Confinement> | null = null
  const confined = async (): Promise<Confinement> => {
    const found = await confine({ wanted: sandbox, projectDir, node, entry: fileURLToPath(entry), env })
    const advice = found.kind === 'missing' ? '. Install bubblewrap (apt-get install bubblewrap) and start mtxdeck again' : ''
    if (found.kind !== 'bwrap') log.warn({ sandbox: found.kind }, `The media processes run without a sandbox: they can read what this user can${advice}`)
    return found
  }
  const start: ProcessStart = { ...options, node, entry, env, confine: () => (confining ??= confined()) }
  const own = { pictures: createProcess(start, 'pictures'), probes: createProcess(start, 'probes') }
  let closed = false
  return {
    snapshot: async (request, signal) => {
      if (closed) return err({ kind: 'cancelled' })
      own.pictures.lookFor(request.ffmpeg ?? '', false)
      return await own.pictures.requests.snapshot(request, signal)
    },
    tools: async (ffmpeg, signal) => {
      if (closed) return err({ kind: 'cancelled' })
      own.pictures.lookFor(ffmpeg, true)
      return await own.pictures.requests.tools(ffmpeg, signal)
    },
    probe: async (request, onReading, signal) => {
      if (closed) return { kind: 'cancelled' }
      own.probes.lookFor(request.ffmpeg ?? '', false)
      return await own.probes.requests.probe(request, onReading, signal)
    },
    publish: async (request, onSent, signal) => {
      if (closed) return { kind: 'cancelled' }
      own.probes.lookFor('', false)
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

interface ProcessStart extends Pick<MediaClientOptions, 'clock' | 'log'> {
  readonly node: string
  readonly entry: URL
  readonly env: NodeJS.ProcessEnv
  readonly confine: () => Promise<Confinement>
}

/** One process and the requests to it. */
function createProcess({ clock, log, node, entry, env, confine: confineOnce }: ProcessStart, use: MediaUse) {
  let running: ForkedNode | null = null
  /** Cached id of the running process; null: not looked up yet. */
  let pid: number | null = null
  let died = 0
  let confined: Confinement | null = null
  /** The state of the files that the running process sees. */
  let seen = ''
  let checkedAt = Number.NEGATIVE_INFINITY
  /** The ffmpeg paths used by recent requests, oldest first; empty string: the one on the PATH. */
  const named = new Set<string>()
  const programs = () => [...named].flatMap(programsFor)

  const start = async () => {
    confined = await confineOnce()
    supervised.start()
  }
  const requests = createMediaRequests({ clock, want: () => void start() })
  const supervised = superviseProcess<ToMedia | typeof letGo, unknown, never>({
    clock,
    givesUp: false,
    spawn: () => {
      // `start` determines the sandbox before it starts a process.
      const { kind, by, state } = confined as Confinement
      seen = state(programs())
      pid = null
      running = forkNode(entry, { node, env: { ...mediaEnvironment(env, use), [mediaSandboxVariable]: kind }, flags: mediaFlags[use], by: by(programs()) })
      return running
    },
    onMessage: (message) => {
      const parsed = fromMediaSchema.safeParse(message)
      // An invalid message means that its native code is corrupted, so none of its answers can be trusted.
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

  /**
   * Called before each request. A process in a sandbox only sees files that existed when it was started. If these have changed, such as another ffmpeg
   * or another list of name servers, it is restarted and continues its pending requests.
   */
  const lookFor = (ffmpeg: string, isUrgent: boolean): void => {
    const isNew = !named.delete(ffmpeg)
    named.add(ffmpeg)
    for (const oldest of [...named].slice(0, -mostNamed)) named.delete(oldest)
    if (confined === null || running === null) return
    if (!isNew && !isUrgent && clock.monotonic() - checkedAt < checkEveryMs) return
    checkedAt = clock.monotonic()
    if (confined.state(programs()) === seen) return
    requests.renewed()
    supervised.restart(letGo, stopLimitMs)
  }
  return {
    requests,
    lookFor,
    pid: () => {
      if (running === null || running.pid === null || confined === null) return null
      pid ??= confined.kind === 'bwrap' ? pidWithin(running.pid) : running.pid
      return pid
    },
    deaths: () => died,
    stop: async () => {
      requests.settleAll({ kind: 'cancelled' })
      // It ends itself and its child processes; without a limit, blocked native reads could keep it alive.
      await supervised.stop(letGo, stopLimitMs)
      running = null
    },
  }
}
