import type { MetricId } from '../../shared/metrics.ts'
import { type Owner, ownerIdOf } from '../../shared/subjectNames.ts'
import type { SampleBatch } from '../history/history.ts'
import { counter, type Family } from './exposition.ts'

/** Upper limits of the buckets of answer times, s. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** As OpenMetrics writes numbers; the same in text, because a label is part of a series' name. */
const limitText = (limit: number): string => (Number.isInteger(limit) ? `${limit}.0` : String(limit))

/** 0 in these where something was asked and did not answer. */
const reachable: Readonly<Record<Owner['kind'], MetricId>> = { server: 'server.reachable', host: 'host.reachable', probe: 'probe.up' }
const families: Readonly<Record<Owner['kind'], Pick<Family, 'name' | 'help'>>> = {
  server: { name: 'mtxdeck_server_polls_total', help: 'Polls of the server that ended, by how.' },
  host: { name: 'mtxdeck_host_polls_total', help: 'Readings of the host that ended, by how.' },
  probe: { name: 'mtxdeck_probe_reads_total', help: 'Readings of the probe that ended, by how.' },
}

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
      if (parts !== null) return
      const id = ownerIdOf(owner)
      const known = polls.get(id) ?? { answered: 0, failed: 0 }
      polls.set(id, known)
      if (values[metrics.indexOf(reachable[owner.kind])] === 0) known.failed++
      else known.answered++
      if (owner.kind !== 'server') return
      const ms = values[metrics.indexOf('server.answerMs')]
      if (ms !== undefined && Number.isFinite(ms)) answered(ms)
    },
    forget: (id: string): void => void polls.delete(id),
    /** How often each was asked; `labels` are those of its other lines. */
    family: (kind: Owner['kind'], owners: readonly { readonly id: string; readonly labels: string }[]): Family => {
      const outcomesOf = (id: string) => Object.entries(polls.get(id) ?? {})
      const ends = owners.flatMap(({ id, labels }) => outcomesOf(id).map(([outcome, count]) => `{${labels},outcome="${outcome}"} ${count}`))
      return counter(families[kind].name, families[kind].help, ...ends)
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
            yield `mtxdeck_poll_answer_seconds_bucket{le="${limitText(limit)}"} ${count}`
          }
          count += inBucket[buckets.length] as number
          yield `mtxdeck_poll_answer_seconds_bucket{le="+Inf"} ${count}`
          yield `mtxdeck_poll_answer_seconds_sum ${answerSeconds}`
          yield `mtxdeck_poll_answer_seconds_count ${count}`
        },
      }
      yield counter('mtxdeck_samples_total', 'Known figures that were handed to history.', ` ${samples}`)
    },
  }
}
