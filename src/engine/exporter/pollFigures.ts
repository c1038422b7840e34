import type { SampleBatch } from '../history/history.ts'
import { type Family, labelText } from './exposition.ts'

/** Upper limits of the buckets of answer times, s. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

interface Polls {
  answered: number
  failed: number
}

/** What this console's own work comes to: polls, how long their answers took, and figures for history. */
export function createPollFigures() {
  const polls = new Map<string, Polls>()
  const inBucket = new Float64Array(buckets.length + 1)
  let answerSeconds = 0
  let samples = 0

  const answered = (ms: number): void => {
    const seconds = ms / 1000
    const bucket = buckets.findIndex((limit) => seconds <= limit)
    const place = bucket < 0 ? buckets.length : bucket
    inBucket[place] = (inBucket[place] as number) + 1
    answerSeconds += seconds
  }

  return {
    see: ({ owner, parts, metrics, values }: SampleBatch): void => {
      for (let index = 0; index < values.length; index++) if (!Number.isNaN(values[index])) samples++
      if (owner.kind !== 'server' || parts !== null) return
      const known = polls.get(owner.serverId) ?? { answered: 0, failed: 0 }
      polls.set(owner.serverId, known)
      if (values[metrics.indexOf('server.reachable')] === 0) known.failed++
      else known.answered++
      const ms = values[metrics.indexOf('server.answerMs')]
      if (ms !== undefined && Number.isFinite(ms)) answered(ms)
    },
    forget: (id: string): void => void polls.delete(id),
    *families(servers: readonly { readonly id: string; readonly name: string }[]): Iterable<Family> {
      yield {
        name: 'mtxdeck_server_polls_total',
        type: 'counter',
        help: 'Polls of the server that ended, by how.',
        lines: function* () {
          for (const { id, name } of servers)
            for (const [outcome, count] of Object.entries(polls.get(id) ?? {}))
              yield `mtxdeck_server_polls_total{${labelText('server', name)},outcome="${outcome}"} ${count}`
        },
      }
    },
    /** Of all servers together. */
    *ofConsole(): Iterable<Family> {
      yield {
        name: 'mtxdeck_poll_answer_seconds',
        type: 'histogram',
        help: 'How long the answers of servers took, over all of them.',
        lines: function* () {
          let count = 0
          for (const [index, limit] of buckets.entries()) {
            count += inBucket[index] as number
            yield `mtxdeck_poll_answer_seconds_bucket{le="${limit}"} ${count}`
          }
          count += inBucket[buckets.length] as number
          yield `mtxdeck_poll_answer_seconds_bucket{le="+Inf"} ${count}`
          yield `mtxdeck_poll_answer_seconds_sum ${answerSeconds}`
          yield `mtxdeck_poll_answer_seconds_count ${count}`
        },
      }
      yield {
        name: 'mtxdeck_samples_total',
        type: 'counter',
        help: 'Known figures that were handed to history.',
        lines: () => [`mtxdeck_samples_total ${samples}`],
      }
    },
  }
}
export type PollFigures = ReturnType<typeof createPollFigures>
