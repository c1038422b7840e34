import type { Log } from '../../ports.ts'
import type { ArchiverAsks } from '../archiver/archiver.ts'
import { type StoreThread, StoreThreadError } from './storeThread.ts'

/** The thread that works on archives. It is started on demand. */
export interface ArchiverThread extends Pick<StoreThread<Record<never, never>, ArchiverAsks>, 'busy' | 'idle'> {
  readonly ask: <K extends keyof ArchiverAsks & string>(kind: K, input: ArchiverAsks[K][0], signal?: AbortSignal) => Promise<ArchiverAsks[K][1]>
  /** Ends the thread at once. */
  readonly drop: () => void
  /** Stops the thread between two slices, waits for `work`, and does not start it again. */
  readonly close: (work: Promise<void> | null) => Promise<void>
}

export type StartArchiver = (onDeath: (error: unknown) => void) => StoreThread<Record<never, never>, ArchiverAsks>

export function createArchiverThread(start: StartArchiver, log: Log): ArchiverThread {
  let running: { readonly thread: ReturnType<StartArchiver>; readonly opened: Promise<unknown> } | null = null
  let closed = false

  const startOne = () => {
    const leave = (): void => {
      if (running === started) running = null
    }
    const thread = start((error) => {
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'the thread that archives the history died')
      leave()
    })
    const started = { thread, opened: thread.ask('open', null) }
    running = started
    started.opened.catch(() => {
      leave()
      return thread.terminate()
    })
    return started
  }

  return {
    ask: async (kind, input, signal) => {
      if (closed) throw new StoreThreadError('the history is closed')
      const { thread, opened } = running ?? startOne()
      await opened
      return thread.ask(kind, input, signal)
    },
    busy: () => running?.thread.busy() === true,
    idle: async () => running?.thread.idle(),
    drop: () => {
      void running?.thread.terminate()
      running = null
    },
    close: async (work) => {
      closed = true
      const ended = running?.thread
      running = null
      await ended?.ask('close', null).catch(() => {})
      await work
      await ended?.terminate()
    },
  }
}
