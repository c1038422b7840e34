import type { Timer } from '../../../clock/clock.ts'
import { type ArchiverThread, createArchiverThread, type StartArchiver } from './archiverThread.ts'
import { type ArchiveWork, type ArchiveWorkDeps, createArchiveWork, hasFiles } from './archiveWork.ts'
import { ignoreThreadError } from './storeThread.ts'

/** Archives past days, enforces retention limits and sets damaged archives aside, in the background. */
export interface ArchiveLoop extends Pick<ArchiveWork, 'usage' | 'trouble'>, Pick<ArchiverThread, 'ask' | 'busy' | 'idle' | 'drop'> {
  /** Resolves when archives may be read, after those left incomplete by a killed process were repaired. */
  readonly mended: Promise<void>
  /** Schedules a check of a file that a reader found damaged. */
  readonly checkSoon: (name: string) => void
  /** Schedules a run, as retention limits have changed. */
  readonly soon: () => void
  readonly close: () => Promise<void>
}

export interface ArchiveLoopDeps extends ArchiveWorkDeps {
  readonly startThread: StartArchiver
}

const runEveryMs = 60_000
/** Pause between two steps. */
const pauseMs = 20

export function createArchiveLoop(deps: ArchiveLoopDeps): ArchiveLoop {
  const { clock } = deps
  let timer: Timer | null = null
  let currentPause: { readonly timer: Timer; readonly end: () => void } | null = null
  let running: Promise<void> | null = null
  let closed = false

  const pauseBetweenSteps = (): Promise<void> =>
    new Promise((resolve) => {
      // Closing does not wait for the timer.
      if (closed) {
        resolve()
        return
      }
      const end = (): void => {
        currentPause = null
        resolve()
      }
      currentPause = { timer: clock.setTimeout(end, pauseMs), end }
    })

  const thread = createArchiverThread(deps.startThread, deps.log)
  const work = createArchiveWork(deps, thread, { isClosed: () => closed, pauseBetweenSteps })
  /** Waiting for a timer counts as idle. */
  const isWorking = (): boolean => running !== null && currentPause === null

  const runIfIdle = (): void => {
    if (timer) clock.clearTimeout(timer)
    timer = null
    if (running || closed) return
    running = work
      .run()
      // Unfinished work is found again.
      .catch(ignoreThreadError)
      .finally(() => {
        running = null
        if (!closed) timer = clock.setTimeout(runIfIdle, runEveryMs)
      })
  }

  const nothing = (): void => {}
  const mended = hasFiles(deps.folder) ? thread.ask('idle', null).then(nothing, nothing) : Promise.resolve()
  runIfIdle()

  return {
    ask: thread.ask,
    drop: thread.drop,
    usage: work.usage,
    trouble: work.trouble,
    mended,
    checkSoon: (name) => {
      if (work.checkSoon(name)) runIfIdle()
    },
    soon: () => {
      work.maintainNext()
      runIfIdle()
    },
    busy: () => thread.busy() || isWorking(),
    idle: async () => {
      if (thread.busy()) await thread.idle()
      else if (isWorking()) await Promise.race([running, new Promise((resolve) => void setImmediate(resolve))])
    },
    close: async () => {
      closed = true
      if (timer) clock.clearTimeout(timer)
      timer = null
      if (currentPause) {
        clock.clearTimeout(currentPause.timer)
        currentPause.end()
      }
      await thread.close(running)
    },
  }
}
