import type { Clock, Timer } from '../../clock/clock.ts'
import type { AskedAt, Space, WriterAsks, WriterTurn } from './protocol/protocol.ts'
import { ignoreThreadError } from './threads/threads.ts'

/** When the writer commits and maintains its file. */
export interface WriterUpkeep {
  /** There is a writer. */
  readonly start: () => void
  /** Something waits to be committed. */
  readonly soonCommit: () => void
  /** The writer is another one: a commit of the last one has no answer. */
  readonly forgetCommit: () => void
  /** Room on the disk as it was found last; null: not known. */
  readonly freeBytes: () => number | null
  /** The maintenance that runs now, or null. */
  readonly running: () => Promise<void> | null
  /** Nothing begins after this. */
  readonly close: () => void
}

export interface WriterUpkeepDeps {
  readonly clock: Clock
  readonly readSpace: () => Promise<Space>
  readonly askWriter: <K extends 'commit' | 'maintain'>(kind: K, input: WriterAsks[K][0]) => Promise<WriterAsks[K][1]>
  /** Before a commit; returns what is to be called when it has ended. */
  readonly onCommit: () => () => void
  readonly onTurn: (turn: WriterTurn, kind: 'commit' | 'maintain') => void
}

/** What a crash may lose. */
const commitEveryMs = 1000
const maintainEveryMs = 10_000
/** While there is much to seal or to drop: short steps, so that commits and questions come in between. */
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
  /** Something is to be sealed: not only at its next turn. */
  const maintainSooner = (): void => {
    if (!maintainTimer) return
    clock.clearTimeout(maintainTimer)
    maintainIn(maintainAgainMs)
  }
  const maintainOnce = async (): Promise<void> => {
    // Where the system does not tell, writing itself will find out.
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
