import type { Clock } from '../../clock/clock.ts'
import { type AlarmOwner, ownerIdOf } from '../../shared/subjectNames.ts'
import type { Log } from '../ports.ts'
import type { Conditions } from './conditions.ts'
import type { createJudge, Judged } from './judgeOwner.ts'

export interface JudgeTurnsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly judge: ReturnType<typeof createJudge>['judge']
  /** null: the server or host is not watched any more. */
  readonly conditionsOf: (owner: AlarmOwner) => Conditions | null
  /** Takes over what a round came to. */
  readonly saw: (judged: Judged) => void
  readonly signal: AbortSignal
}

/** Judges servers and hosts, one each turn of the event loop, and of a large failure a part. */
export function createJudgeTurns({ clock, log, judge, conditionsOf, saw, signal }: JudgeTurnsDeps) {
  /** By id. */
  const waiting = new Map<string, AlarmOwner>()
  let rounds: Iterator<Judged> | null = null
  let turn: Promise<void> | null = null
  const judgeOn = () => {
    const [next] = waiting
    if (rounds === null && next !== undefined) {
      const [id, owner] = next
      waiting.delete(id)
      rounds = judge(owner, conditionsOf(owner), clock.now())[Symbol.iterator]()
    }
    const round = rounds?.next()
    if (round?.done === false) saw(round.value)
    else rounds = null
  }
  const takeTurn = () => {
    turn = new Promise((resolve) =>
      setImmediate(() => {
        try {
          if (!signal.aborted) judgeOn()
        } catch (error) {
          // A bug with one server must not end the engine, nor the turns of the others.
          rounds = null
          log.error({ error }, 'the alarms of a server or host could not be judged')
        }
        turn = null
        if ((rounds !== null || waiting.size > 0) && !signal.aborted) takeTurn()
        resolve()
      }),
    )
  }
  return {
    /** In the next turns of the event loop; at once for several calls. */
    soon: (owner: AlarmOwner): void => {
      waiting.set(ownerIdOf(owner), owner)
      if (turn === null) takeTurn()
    },
    /** Resolves when nothing is left to be judged. */
    settled: async (): Promise<void> => {
      while (turn !== null) await turn
    },
  }
}
