import type { Clock, Timer } from '../../clock/clock.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import type { WriterAsks, WriterNotes } from './protocol/protocol.ts'
import type { StoreThread } from './threads/threads.ts'

export type WriterThread = StoreThread<WriterNotes, WriterAsks>

export interface WriterLifeDeps {
  readonly clock: Clock
  readonly log: Log
  /** Starts a thread that opens the file. `onDeath` is called with the thread that died. */
  readonly start: (onDeath: (thread: WriterThread, error: unknown) => void) => Promise<Result<WriterThread, DatabaseError>>
  /** The current thread died: messages in flight to it are lost. */
  readonly onDeath: () => void
  /** A new thread is running after a death. */
  readonly onRestarted: () => void
  /** Why no thread is running; null: one is running again. */
  readonly onTrouble: (trouble: ConsoleTrouble | null) => void
}

/** Keeps a writer thread running: a thread that dies is replaced. */
export interface WriterLife {
  /** The current thread, or the last one if none is running. Must not be called before `begin`. */
  readonly thread: () => WriterThread
  /** Starts the first thread. If that fails there is no retry. */
  readonly begin: () => Promise<Result<WriterThread, DatabaseError>>
  /** The restart in progress, or null. */
  readonly restarting: () => Promise<void> | null
  /** The thread did useful work, so the restart delay goes back to its minimum. */
  readonly onWork: () => void
  /** Stops restarting. */
  readonly close: () => void
}

const firstRestartMs = 1000
const longestRestartMs = 60_000

export function createWriterLife({ clock, log, start, onDeath, onRestarted, onTrouble }: WriterLifeDeps): WriterLife {
  let writer: WriterThread
  let timer: Timer | null = null
  let restartMs = firstRestartMs
  let restarting: Promise<void> | null = null
  let closed = false

  const died = (thread: WriterThread, error: unknown): void => {
    if (closed || writer !== thread) return
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'the thread that writes the history died')
    onTrouble({ kind: 'writerFailed' })
    onDeath()
    timer = clock.setTimeout(() => {
      timer = null
      restartMs = Math.min(restartMs * 2, longestRestartMs)
      restarting = restart().finally(() => {
        restarting = null
      })
    }, restartMs)
  }
  const restart = async (): Promise<void> => {
    try {
      const again = await start(died)
      if (!again.ok) {
        died(writer, new Error(again.error.words))
        onTrouble(again.error.trouble)
      } else if (closed) await again.value.terminate()
      else {
        writer = again.value
        onRestarted()
        onTrouble(null)
      }
    } catch (failure) {
      died(writer, failure)
    }
  }

  return {
    thread: () => writer,
    begin: async () => {
      const first = await start(died)
      if (first.ok) writer = first.value
      return first
    },
    restarting: () => restarting,
    onWork: () => {
      restartMs = firstRestartMs
    },
    close: () => {
      closed = true
      if (timer) clock.clearTimeout(timer)
    },
  }
}
