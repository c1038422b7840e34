import type { ChannelBase, ChannelKind, SendContext } from '../channelKind.ts'
import { authorization, under } from '../httpDoor.ts'
import { oneLine } from '../plainText.ts'
import type { Told } from '../told.ts'

export interface AlertmanagerChannel extends ChannelBase {
  /** Where its own pages are, such as `http://127.0.0.1:9093`. */
  readonly alertmanager: string
  readonly user?: string | undefined
}

/**
 * Alertmanager takes an alert for resolved at its `endsAt`, or after its own `resolve_timeout` (5 min by default) where that is missing, and forgets
 * all of them when it restarts. So what lasts is posted again, and ends by itself only once this console has been silent for long.
 * https://prometheus.io/docs/alerting/latest/alerts_api/
 */
const renewEveryMs = 60_000
const firesForMs = 900_000
/** A test is over after this time. */
const testMs = 60_000

/** It sets no limit for texts; its notifications are to stay readable. */
const longestLabel = 250
const longestText = 2_000

type Labels = Readonly<Record<string, string>>

/** What it routes and groups by. An alert is known by its labels alone, so those that it fires with are kept as the receipt. */
function labelsOf({ event, key, severity, servers, streams, members }: Told): Labels {
  const labels = {
    alertname: event === 'test' ? 'mtxdeckTest' : (members[0]?.kind ?? 'mtxdeck'),
    key,
    severity,
    server: servers[0] ?? '',
    stream: streams.length === 1 ? (streams[0] ?? '') : '',
    source: 'mtxdeck',
  }
  // An empty label is the same as none.
  return Object.fromEntries(
    Object.entries(labels)
      .map(([name, value]) => [name, oneLine(value, longestLabel)] as const)
      .filter(([, value]) => value !== ''),
  )
}

const alertOf = (told: Told, labels: Labels, endsAt: number) => ({
  labels,
  annotations: {
    summary: oneLine(told.title, longestLabel),
    description: oneLine(told.text, longestText),
    ...(told.ackUrl !== null && { acknowledge: told.ackUrl }),
  },
  startsAt: told.since,
  // An alert that ended before it began is refused.
  endsAt: new Date(Math.max(endsAt, Date.parse(told.since))).toISOString(),
  ...(told.url !== null && { generatorURL: told.url }),
})

const firing = (told: Told, labels: Labels) => alertOf(told, labels, Date.parse(told.at) + (told.event === 'test' ? testMs : firesForMs))

function alertsOf(told: Told, receipt: string | null): { readonly alerts: readonly object[]; readonly labels: Labels } {
  const at = Date.parse(told.at)
  const before: Labels | null = receipt === null ? null : JSON.parse(receipt)
  const labels = labelsOf(told)
  if (told.event === 'end') return { alerts: [alertOf(told, before ?? labels, Date.parse(told.endedAt ?? told.at))], labels: before ?? labels }
  const fires = firing(told, labels)
  const isOther = before !== null && told.event !== 'start' && JSON.stringify(before) !== JSON.stringify(labels)
  return { alerts: isOther ? [alertOf(told, before, at), fires] : [fires], labels }
}

const post = ({ alertmanager, user, secret }: AlertmanagerChannel, alerts: readonly object[], { http, signal }: Pick<SendContext, 'http' | 'signal'>) =>
  http.post(under(alertmanager, 'api/v2/alerts'), { body: JSON.stringify(alerts), headers: authorization(user, secret) }, signal)

/** Prometheus' Alertmanager, by its API v2: a centre that has it keeps its routing. */
export const alertmanager: ChannelKind<AlertmanagerChannel> = {
  form: ({ channel, httpUrl, line, needsSecret }) => channel({ alertmanager: httpUrl, user: line('user').optional() }, 'maySecret', needsSecret('user')),
  isKeyed: true,
  origin: ({ alertmanager }) => new URL(alertmanager).origin,
  send: async (channel, told, context) => {
    const { alerts, labels } = alertsOf(told, context.receiptOf(told.key))
    const sent = await post(channel, alerts, context)
    return sent.ok ? { ok: true, receipt: JSON.stringify(labels) } : sent
  },
  renewal: {
    everyMs: renewEveryMs,
    send: (channel, lasting, context) =>
      post(
        channel,
        // Under other labels it would be another alert, which no end ends: these change with what is told.
        lasting.map(({ told, receipt }) => firing(told, receipt === null ? labelsOf(told) : JSON.parse(receipt))),
        context,
      ),
  },
}
