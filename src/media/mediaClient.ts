import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterRunning, type Clock } from '../clock/clock.ts'
import { type Confinement, confine } from '../processes/confine.ts'
import { type ForkedNode, forkNode, letGo } from '../processes/forkNode.ts'
import { pidWithin } from '../processes/sandbox.ts'
import { superviseProcess } from '../processes/superviseProcess.ts'
import {
  type Evidence,
  type FromMedia,
  fromMediaSchema,
  type MediaBackend,
  type MediaError,
  type MediaTools,
  type MediaUse,
  mediaBackendVariable,
  mediaEnvironment,
  mediaFlags,
  mediaSandboxVariable,
  type ProbeRequest,
  type Published,
  type PublishRequest,
  probeRequestSchema,
  publishRequestSchema,
  type Snapshot,
  type SnapshotRequest,
  snapshotRequestSchema,
  type ToMedia,
  type WantedSandbox,
  type WholePublishRequest,
} from '../shared/media.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { longestReadingMs } from '../shared/probeTurns.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { programsFor } from './ffmpeg.ts'

type Answer = Extract<FromMedia, { readonly id: number }>

/** After this many deaths while working on one address it is not tried any more, and for how long. */
const deathsLimit = 3
const setAsideMs = 600_000
/** More addresses than a console reads. */
const mostProven = 50_000
/** Our deadline comes this long after the process's own, in case the process no longer answers. */
const graceMs = 2_000
/** How long a request waits for a process that is being started; only then its own limit begins: a slow start of ours is not a slow server. */
const readyLimitMs = 30_000
/** Limit for finding the installed tools, which starts each ffmpeg a few times. */
const toolsLimitMs = 15_000

interface Asking<T> {
  readonly message: ToMedia
  readonly url: string | null
  readonly timeoutMs: number
  readonly read: (answer: Answer) => T | 'more' | null
}
interface Asked {
  readonly message: ToMedia
  readonly url: string | null
  /** Called when it is sent: its limit begins. */
  readonly sent: () => void
  readonly answer: (answer: Answer) => void
  readonly fail: (error: MediaError) => void
}

/**
 * The client side of the media process: its open requests, and how they end when the process dies.
 * `want` is called when there is a request but no process is ready. An address on which three processes died is not tried for ten minutes.
 */
export function createMediaRequests({ clock, want }: { readonly clock: Clock; readonly want: () => void }) {
  const asked = new Map<number, Asked>()
  const queue = new Set<Asked>()
  const deathsByUrl = new Map<string, { count: number; until: number }>()
  /** Addresses that were read since they were last blamed: where others were open as well, they did not kill the process. */
  const proven = new Set<string>()
  let say: ((message: ToMedia) => void) | null = null
  let nextId = 1

  /** Why an address is not opened now; null: it may be. */
  const refusal = (url: string): MediaError | null => {
    const aside = deathsByUrl.get(url)
    if (!aside || aside.count < deathsLimit) return null
    const leftMs = aside.until - clock.monotonic()
    if (leftMs > 0) return { kind: 'setAside', untilMs: clock.now() + leftMs }
    deathsByUrl.delete(url)
    return null
  }

  const blame = (url: string) => {
    const known = deathsByUrl.get(url) ?? { count: 0, until: 0 }
    known.count++
    if (known.count >= deathsLimit) known.until = clock.monotonic() + setAsideMs
    deathsByUrl.set(url, known)
    proven.delete(url)
  }
  const prove = (url: string) => {
    deathsByUrl.delete(url)
    if (proven.size >= mostProven) proven.clear()
    proven.add(url)
  }

  const died = () => {
    say = null
    const lost = [...asked.values()].filter((one) => !queue.has(one))
    const urls = new Set(lost.flatMap(({ url }) => (url === null ? [] : [url])))
    const unproven = [...urls].filter((url) => !proven.has(url))
    for (const url of unproven.length > 0 ? unproven : urls) blame(url)
    for (const one of lost) one.fail({ kind: 'crashed' })
  }

  /**
   * Sends a request now or when a process is ready; `read` gets the result from the answer. null: it is none, and of another kind, or
   * `more`: others follow, each of which has `timeoutMs` again.
   */
  const ask = <T>({ message, url, timeoutMs, read }: Asking<T>, signal: AbortSignal | undefined): Promise<Result<T, MediaError>> =>
    new Promise((resolve) => {
      const { id } = message
      const settle = (result: Result<T, MediaError>) => {
        if (!asked.delete(id)) return
        queue.delete(one)
        stopLimit()
        signal?.removeEventListener('abort', onAbort)
        resolve(result)
      }
      const giveUp = (error: MediaError) => {
        if (!queue.has(one)) say?.({ kind: 'cancel', id })
        one.fail(error)
      }
      const onAbort = () => giveUp({ kind: 'cancelled' })
      let stopLimit = afterRunning(clock, readyLimitMs, () => giveUp({ kind: 'crashed' }))
      const startLimit = () => {
        stopLimit()
        stopLimit = afterRunning(clock, timeoutMs + graceMs, () => giveUp({ kind: 'timedOut', limitMs: timeoutMs }))
      }
      const one: Asked = {
        message,
        url,
        sent: startLimit,
        answer: (answer) => {
          if (answer.kind === 'failed') return settle(err(answer.error))
          const value = read(answer)
          if (value === 'more') {
            // Whoever was given the answer may have called it off.
            if (!asked.has(id)) return
            startLimit()
            // An answer of another kind is ignored, and the request ends by its own deadline.
          } else if (value !== null) settle(ok(value))
        },
        fail: (error) => settle(err(error)),
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      asked.set(id, one)
      if (say) {
        one.sent()
        say(message)
      } else {
        queue.add(one)
        want()
      }
    })

  /** As `ask`, for an address: in a form that the process takes, and not set aside. */
  const askAt = async <Request extends { readonly url: string }, T>(
    { data }: { readonly data?: Request | undefined },
    signal: AbortSignal | undefined,
    how: (request: Request) => Omit<Asking<T>, 'url'>,
  ): Promise<Result<T, MediaError>> => {
    if (signal?.aborted) return err({ kind: 'cancelled' })
    if (data === undefined) return err({ kind: 'refusedAddress', because: 'otherForm' })
    const { url } = data
    const refused = refusal(url)
    if (refused !== null) return err(refused)
    const { read, ...asked } = how(data)
    const proving = (answer: Answer) => {
      const value = read(answer)
      if (value !== null && answer.kind !== 'startedOver') prove(url)
      return value
    }
    return await ask({ ...asked, url, read: proving }, signal)
  }

  return {
    /** Takes one picture. Answers little later than the request's `timeoutMs` after a process is ready, even if it dies; `crashed` if none is ready in 30 s. */
    snapshot: (given: SnapshotRequest, signal?: AbortSignal): Promise<Result<Snapshot, MediaError>> =>
      askAt(snapshotRequestSchema.safeParse(given), signal, (request) => ({
        message: { kind: 'snapshot', id: nextId++, request },
        timeoutMs: request.timeoutMs,
        read: (answer) => (answer.kind === 'snapshot' ? answer.snapshot : null),
      })),
    /**
     * Measures a stream, and gives each reading to `onReading`. Resolves when it has ended: null when it was measured, which a continuous probe
     * never is, or why it could not be read on. Each reading is there little later than `longestReadingMs`, even if the process dies; the first one
     * may take that long twice (see `directWay`).
     */
    probe: async (
      given: ProbeRequest,
      onReading: (reading: ProbeReading, evidence: Evidence | null) => void,
      signal?: AbortSignal,
    ): Promise<MediaError | null> => {
      let hasStartedOver = false
      const ended = await askAt(probeRequestSchema.safeParse(given), signal, (request) => ({
        message: { kind: 'probe', id: nextId++, request },
        timeoutMs: longestReadingMs(request),
        read: (answer): true | 'more' | null => {
          if (answer.kind === 'startedOver' && !hasStartedOver) {
            hasStartedOver = true
            return 'more'
          }
          if (answer.kind !== 'probed') return null
          onReading(answer.reading, answer.evidence)
          return request.isContinuous ? 'more' : true
        },
      }))
      return ended.ok ? null : ended.error
    },
    /**
     * Publishes the test signal, and gives what was sent to `onSent`. Resolves when it has ended, with why. Its readers measure it in the same process
     * only: both share a clock.
     */
    publish: async (given: PublishRequest, onSent: (sent: Published) => void, signal?: AbortSignal): Promise<MediaError> => {
      const ended = await askAt<WholePublishRequest, never>(publishRequestSchema.safeParse(given), signal, (request) => ({
        message: { kind: 'publish', id: nextId++, request },
        timeoutMs: request.answerMs,
        read: (answer) => {
          if (answer.kind !== 'published') return null
          onSent(answer.sent)
          return 'more'
        },
      }))
      return ended.ok ? { kind: 'cancelled' } : ended.error
    },
    /** The tools that would take pictures there with the operator's setting `ffmpeg`. */
    tools: (ffmpeg: string, signal?: AbortSignal): Promise<Result<MediaTools, MediaError>> => {
      if (signal?.aborted) return Promise.resolve(err({ kind: 'cancelled' }))
      const read = (answer: Answer) => (answer.kind === 'tools' ? answer.tools : null)
      return ask({ message: { kind: 'tools', id: nextId++, ffmpeg }, url: null, timeoutMs: toolsLimitMs, read }, signal)
    },
    /** Call when a process is ready: waiting requests are sent. Those sent to an earlier process answer `crashed`. */
    opened: (next: (message: ToMedia) => void) => {
      if (say) died()
      say = next
      for (const { sent, message } of queue) {
        sent()
        next(message)
      }
      queue.clear()
    },
    answered: (message: Answer): void => asked.get(message.id)?.answer(message),
    /** Call when the process died: requests sent to it answer `crashed`, waiting ones continue to wait. */
    died,
    /** Call when the process is about to make room for another one: requests sent to it wait for that one. */
    renewed: () => {
      say = null
      for (const one of asked.values()) queue.add(one)
    },
    /** Ends all requests with this error. */
    settleAll: (error: MediaError) => {
      for (const one of [...asked.values()]) one.fail(error)
    },
  }
}
type MediaRequests = ReturnType<typeof createMediaRequests>

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
  /** null: it is closed. */
  const requestsTo = (use: MediaUse, ffmpeg = '', isUrgent = false): MediaRequests | null => {
    if (closed) return null
    own[use].lookFor(ffmpeg, isUrgent)
    return own[use].requests
  }
  return {
    snapshot: async (request, signal) => (await requestsTo('pictures', request.ffmpeg)?.snapshot(request, signal)) ?? err({ kind: 'cancelled' }),
    tools: async (ffmpeg, signal) => (await requestsTo('pictures', ffmpeg, true)?.tools(ffmpeg, signal)) ?? err({ kind: 'cancelled' }),
    probe: async (request, onReading, signal) => {
      const to = requestsTo('probes', request.ffmpeg)
      return to === null ? { kind: 'cancelled' } : await to.probe(request, onReading, signal)
    },
    publish: async (request, onSent, signal) => (await requestsTo('probes')?.publish(request, onSent, signal)) ?? { kind: 'cancelled' },
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
