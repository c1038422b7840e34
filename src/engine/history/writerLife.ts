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
  /** Starts one, and has it open the file. `onDeath` is told of the thread that died. */
  readonly start: (onDeath: (thread: WriterThread, error: unknown) => void) => Promise<Result<WriterThread, DatabaseError>>
  /** The living one died: what was on its way to it is lost. */
  readonly onDeath: () => void
  /** Another one lives. */
  readonly onAgain: () => void
  /** Why there is none; null: there is one again. */
  readonly onTrouble: (trouble: ConsoleTrouble | null) => void
}

/** The thread that writes the history: one that dies is followed by another. */
export interface WriterLife {
  /** The living one, or the last; not before `begin`. */
  readonly thread: () => WriterThread
  /** Starts the first; where that fails, nothing follows. */
  readonly begin: () => Promise<Result<WriterThread, DatabaseError>>
  /** The start that goes on now; null: none does. */
  readonly restarting: () => Promise<void> | null
  /** It works: should it die, the next one is started soon. */
  readonly onWork: () => void
  /** No other one is started from now on. */
  readonly close: () => void
}

const firstRestartMs = 1000
const longestRestartMs = 60_000

export function createWriterLife({ clock, log, start, onDeath, onAgain, onTrouble }: WriterLifeDeps): WriterLife {
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
        onAgain()
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
