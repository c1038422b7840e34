import type { Operator } from '../../shared/permissions.ts'
import { boundedByOperator } from '../refusing.ts'
import type { Past } from './past.ts'

/** Of so many moments one operator may ask at once, in all windows. One is read at a time, and a window asks for one at a time. */
const mostMoments = 8

/** The past as it answers each operator: whoever asks for too many moments at once is refused. */
export function boundedPast(past: Past): (operator: Operator) => Past {
  const boundedBy = boundedByOperator(mostMoments)
  return ({ id }) => {
    const bounded = <Answer>(at: number, ask: () => Promise<Answer>) => boundedBy(id, at, ask)
    return {
      fleet: (input, signal) => bounded(input.at, () => past.fleet(input, signal)),
      alarms: (at, signal) => bounded(at, () => past.alarms(at, signal)),
      stream: (serverId, path, at, signal) => bounded(at, () => past.stream(serverId, path, at, signal)),
      reports: (at, language, signal) => bounded(at, () => past.reports(at, language, signal)),
    }
  }
}
