import type { Operator } from '../../shared/permissions.ts'
import { refusalError } from '../refusing.ts'
import type { Past } from './past.ts'

/** Of so many moments one operator may ask at once, in all windows. One is read at a time, and a window asks for one at a time. */
const mostMoments = 8

/** The past as it answers each operator: whoever asks for too many moments at once is refused. Those whose caller has gone don't count. */
export function boundedPast(past: Past): (operator: Operator) => Past {
  /** How many calls wait for each moment, by operator. */
  const waiting = new Map<string, Map<number, number>>()
  return ({ id }) => {
    const bounded = async <Answer>(at: number, ask: () => Promise<Answer>): Promise<Answer> => {
      const calls = waiting.get(id) ?? new Map<number, number>()
      if (calls.size >= mostMoments && !calls.has(at)) throw refusalError('TOO_MANY_REQUESTS', 429, { kind: 'tooManyMoments' })
      waiting.set(id, calls.set(at, (calls.get(at) ?? 0) + 1))
      try {
        return await ask()
      } finally {
        const others = (calls.get(at) ?? 0) - 1
        if (others > 0) calls.set(at, others)
        else calls.delete(at)
        if (calls.size === 0) waiting.delete(id)
      }
    }
    return {
      fleet: (input, signal) => bounded(input.at, () => past.fleet(input, signal)),
      alarms: (at, signal) => bounded(at, () => past.alarms(at, signal)),
      stream: (serverId, path, at, signal) => bounded(at, () => past.stream(serverId, path, at, signal)),
      reports: (at, language, signal) => bounded(at, () => past.reports(at, language, signal)),
    }
  }
}
