import type { Clock, Timer } from '../../clock/clock.ts'
import type { AskedAt, Space, WriterAsks, WriterTurn } from './protocol/protocol.ts'
import { ignoreThreadError } from './threads/threads.ts'

/** Schedules the writer's commits and maintenance. */
export interface WriterUpkeep {
  /** Starts maintenance; a writer must be running. */
  readonly start: () => void
  /** Schedules a commit, as data is pending. */
  readonly soonCommit: () => void
  /** Forgets the commit in progress, because the writer that ran it has died. */
  readonly forgetCommit: () => void
  /** Free bytes on the disk at the last check; null: unknown. */
  readonly freeBytes: () => number | null
  /** The maintenance in progress, or null. */
  readonly running: () => Promise<void> | null
  /** Stops scheduling. */
  readonly close: () => void
}

export interface WriterUpkeepDeps {
  readonly clock: Clock
  readonly readSpace: () => Promise<Space>
  readonly askWriter: <K extends 'commit' | 'maintain'>(kind: K, input: WriterAsks[K][0]) => Promise<WriterAsks[K][1]>
  /** Called before a commit; the returned function is called when it has ended. */
  readonly onCommit: () => () => void
  readonly onTurn: (turn: WriterTurn, kind: 'commit' | 'maintain') => void
}

/** A crash loses at most this much data. */
const commitEveryMs = 1000
const maintainEveryMs = 10_000
/** Delay between steps while much is to be sealed or dropped: steps are short, so that commits and queries get their turn. */
const maintainAgainMs = 50

export function createWriterUpkeep({ clock, readSpace, askWriter, onCommit, onTurn }: WriterUpkeepDeps): WriterUpkeep {
  let commitTimer: Timer | null = null
  let maintainTimer: Timer | null = null
  let committing = false
  let maintaining: Promise<void> | null = null
  let freeBytes: number | null = null
  let closed = false
  const askedAt = (): AskedAt => ({ now: clock.now(), monotonic: clock.monotonic() })

  const soonCommit = (): void => {
    if (!closed) commitTimer ??= clock.setTimeout(commit, commitEveryMs)
  }
  const commit = (): void => {
    commitTimer = null
    if (committing) {
      soonCommit()
      return
    }
    committing = true
    const onEnd = onCommit()
    askWriter('commit', askedAt())
      .then((turn) => {
        onTurn(turn, 'commit')
        if (turn.more) maintainSooner()
      }, ignoreThreadError)
      .finally(() => {
        onEnd()
        committing = false
      })
  }

  const maintainIn = (ms: number): void => {
    if (!closed) maintainTimer = clock.setTimeout(maintain, ms)
  }
  /** Brings the next maintenance forward, because rounds are waiting to be sealed. */
  const maintainSooner = (): void => {
    if (!maintainTimer) return
    clock.clearTimeout(maintainTimer)
    maintainIn(maintainAgainMs)
  }
  const maintainOnce = async (): Promise<void> => {
    // If free space can't be read, a failed write will reveal a full disk.
    const space = await readSpace().catch(() => null)
    freeBytes = space?.freeBytes ?? null
    if (closed) return
    const turn = await askWriter('maintain', { ...askedAt(), space })
    onTurn(turn, 'maintain')
    maintainIn(turn.more ? maintainAgainMs : maintainEveryMs)
  }
  const maintain = (): void => {
    maintainTimer = null
    maintaining = maintainOnce()
      .catch((error) => {
        ignoreThreadError(error)
        maintainIn(maintainEveryMs)
      })
      .finally(() => {
        maintaining = null
      })
  }
  return {
    start: maintain,
    soonCommit,
    forgetCommit: () => {
      committing = false
    },
    freeBytes: () => freeBytes,
    running: () => maintaining,
    close: () => {
      closed = true
      for (const timer of [commitTimer, maintainTimer]) if (timer) clock.clearTimeout(timer)
    },
  }
}
