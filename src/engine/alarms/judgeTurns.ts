import type { Clock } from '../../clock/clock.ts'
import { type AlarmOwner, ownerIdOf } from '../../shared/subjectNames.ts'
import type { Log } from '../ports.ts'
import type { Conditions } from './conditions.ts'
import type { createJudge, JudgeResult } from './judgeOwner.ts'

export interface JudgeTurnsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly judge: ReturnType<typeof createJudge>['judge']
  /** null: the server or host is no longer watched. */
  readonly conditionsOf: (owner: AlarmOwner) => Conditions | null
  /** Called with each batch of results. */
  readonly onResult: (judged: JudgeResult) => void
  readonly signal: AbortSignal
}

/** Evaluates servers and hosts one after the other, each in a turn of the event loop of its own; a large failure is spread over several turns. */
export function createJudgeTurns({ clock, log, judge, conditionsOf, onResult, signal }: JudgeTurnsDeps) {
  /** By id. */
  const waiting = new Map<string, AlarmOwner>()
  let rounds: Iterator<JudgeResult> | null = null
  let turn: Promise<void> | null = null
  const judgeNext = () => {
    const [next] = waiting
    if (rounds === null && next !== undefined) {
      const [id, owner] = next
      waiting.delete(id)
      rounds = judge(owner, conditionsOf(owner), clock.now())[Symbol.iterator]()
    }
    const round = rounds?.next()
    if (round?.done === false) onResult(round.value)
    else rounds = null
  }
  const takeTurn = () => {
    turn = new Promise((resolve) =>
      setImmediate(() => {
        try {
          if (!signal.aborted) judgeNext()
        } catch (error) {
          // A bug with one server must end neither the engine nor the evaluation of the others.
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
    /** Queues a server or host for one of the next turns. Queued repeatedly, it is evaluated once. */
    schedule: (owner: AlarmOwner): void => {
      waiting.set(ownerIdOf(owner), owner)
      if (turn === null) takeTurn()
    },
    /** Resolves when the queue is empty. */
    settled: async (): Promise<void> => {
      while (turn !== null) await turn
    },
  }
}
