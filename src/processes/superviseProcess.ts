import { type Clock, doublingMs, type Timer } from '../clock/clock.ts'
import type { EngineFailure, EngineLife } from '../shared/shell.ts'

/** The common part of Electron's UtilityProcess and a ForkedNode that is used here. */
export interface ChildProcess<ToChild, FromChild, Port> {
  postMessage(message: ToChild, ports?: Port[]): void
  kill(): boolean
  on(event: 'message', listener: (message: FromChild) => void): unknown
  once(event: 'exit', listener: (code: number | string) => void): unknown
}

interface SuperviseOptions<ToChild, FromChild, Port> {
  readonly clock: Clock
  /** Whether it stays ended after several deaths in a row. Default true. */
  readonly givesUp?: boolean
  readonly spawn: () => ChildProcess<ToChild, FromChild, Port>
  readonly onMessage: (message: FromChild) => void
  /** `ready` after `markReady`, `restarting` when it died, `failed` when it is not restarted automatically. */
  readonly onLife: (life: EngineLife) => void
  readonly onDeath: (exitCode: number | string, deaths: number) => void
}

/** First wait before a restart; doubles with every death in a row, up to the longest. */
const firstBackoffMs = 500
const longestBackoffMs = 30_000
/** After running for this long, a death counts as the first again. */
const steadyMs = 60_000
/** After this many deaths in a row it is given up, because a restart does not help. */
const deathsLimit = 6

export function backoffMs(deaths: number): number {
  return doublingMs(deaths, firstBackoffMs, longestBackoffMs)
}

/**
 * Keeps one child process alive.
 * 1. At most one child exists at a time; a restart waits for the last one's exit.
 * 2. A death is an exit that none of `stop`, `restart` and `markFailed` announced.
 * 3. After `stop` nothing is started any more.
 */
export function superviseProcess<ToChild, FromChild, Port>({
  clock,
  givesUp = true,
  spawn,
  onMessage,
  onLife,
  onDeath,
}: SuperviseOptions<ToChild, FromChild, Port>) {
  let child: ChildProcess<ToChild, FromChild, Port> | null = null
  let waiting: Timer | null = null
  /** Pending while a child is asked to make room for another one: its end is then no death. */
  let renewing: Timer | null = null
  let deaths = 0
  let readySince: number | null = null
  let failed = false
  let stopped = false
  let onStopped: () => void = () => {}

  const run = () => {
    waiting = null
    failed = false
    readySince = null
    const born = spawn()
    child = born
    born.on('message', (message) => {
      if (child === born) onMessage(message)
    })
    born.once('exit', (code) => {
      child = null
      if (stopped) {
        onStopped()
        return
      }
      if (failed) return
      if (renewing !== null) {
        clock.clearTimeout(renewing)
        renewing = null
        readySince = null
        waiting = clock.setTimeout(run, firstBackoffMs)
        return
      }
      deaths = readySince !== null && clock.monotonic() - readySince >= steadyMs ? 1 : deaths + 1
      readySince = null
      onDeath(code, deaths)
      if (givesUp && deaths >= deathsLimit) {
        failed = true
        onLife({ state: 'failed', why: { kind: 'keepsEnding', deaths } })
        return
      }
      onLife({ state: 'restarting' })
      waiting = clock.setTimeout(run, backoffMs(deaths))
    })
  }

  return {
    /** Starts it, also after `failed`. Does nothing while it is running or about to start. */
    start: (): void => {
      if (stopped || child !== null || waiting !== null) return
      if (failed) deaths = 0
      run()
    },
    /** Posts to the running child; returns false if there is none. */
    post: (message: ToChild, ports?: Port[]): boolean => {
      if (child === null) return false
      child.postMessage(message, ports)
      return true
    },
    /** Call when the child has reported that it is ready. */
    markReady: (): void => {
      readySince = clock.monotonic()
      onLife({ state: 'ready' })
    },
    /** Call when the child has done its job: a later death counts as the first again. */
    markSteady: (): void => {
      deaths = 0
    },
    /** Call when the child has reported why it can't work: it is ended, and not restarted until `start`. */
    markFailed: (why: EngineFailure): void => {
      // It makes room for another one, which may fare better.
      if (renewing !== null) return
      failed = true
      child?.kill()
      onLife({ state: 'failed', why })
    },
    /** Ends the child (sends `message`, if any, and kills it after `limitMs`) and starts another one. Does not count as a death. */
    restart: (message: ToChild | null, limitMs: number): void => {
      const running = child
      if (stopped || waiting !== null || renewing !== null) return
      if (running === null) {
        run()
        return
      }
      failed = false
      onLife({ state: 'restarting' })
      renewing = clock.setTimeout(() => running.kill(), message === null ? 0 : limitMs)
      if (message !== null) running.postMessage(message)
    },
    /** Sends `message`, waits at most `limitMs` for the end, then kills. */
    stop: (message: ToChild, limitMs: number): Promise<void> =>
      new Promise((resolve) => {
        stopped = true
        for (const timer of [waiting, renewing]) if (timer !== null) clock.clearTimeout(timer)
        const running = child
        if (running === null) {
          resolve()
          return
        }
        const limit = clock.setTimeout(() => running.kill(), limitMs)
        onStopped = () => {
          clock.clearTimeout(limit)
          resolve()
        }
        running.postMessage(message)
      }),
  }
}
