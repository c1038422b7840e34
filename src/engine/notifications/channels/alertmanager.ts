import { oneLine } from '../../../shared/visibleText.ts'
import { type ChannelKind, type ChannelOf, httpUrl, line, type SendContext } from '../channelKind.ts'
import { authorization, under } from '../httpClient.ts'
import type { Notification } from '../notification.ts'

/** Base URL of its web interface, such as `http://127.0.0.1:9093`, and a user of it. */
const keys = () => ({ alertmanager: httpUrl, user: line().optional() })
type AlertmanagerChannel = ChannelOf<typeof keys>

/**
 * Alertmanager considers an alert resolved at its `endsAt` or, without one, after its own `resolve_timeout` (5 min by default), and forgets all alerts
 * when it restarts. So ongoing alerts are posted repeatedly, and resolve by themselves only after this console has been silent for a long time.
 * https://prometheus.io/docs/alerting/latest/alerts_api/
 */
const renewEveryMs = 60_000
const firesForMs = 900_000
/** A test alert is resolved after this time. */
const testMs = 60_000

/** Alertmanager sets no limit for texts; these keep its notifications readable. */
const longestLabel = 250
const longestText = 2_000

type Labels = Readonly<Record<string, string>>

/** Labels by which Alertmanager routes and groups. An alert is identified only by its labels, so those it fires with are stored as the receipt. */
function labelsOf({ event, key, severity, servers, streams, members }: Notification): Labels {
  const labels = {
    alertname: event === 'test' ? 'mtxdeckTest' : (members[0]?.kind ?? 'mtxdeck'),
    key,
    severity,
    server: servers[0] ?? '',
    stream: streams.length === 1 ? (streams[0] ?? '') : '',
    source: 'mtxdeck',
  }
  // An empty label is equivalent to a missing one.
  return Object.fromEntries(
    Object.entries(labels)
      .map(([name, value]) => [name, oneLine(value, longestLabel)] as const)
      .filter(([, value]) => value !== ''),
  )
}

const alertOf = (notification: Notification, labels: Labels, endsAt: number) => ({
  labels,
  annotations: {
    summary: oneLine(notification.headline, longestLabel),
    description: oneLine(notification.text, longestText),
    ...(notification.ackUrl !== null && { acknowledge: notification.ackUrl }),
  },
  startsAt: notification.since,
  // Alertmanager rejects an alert that ends before it starts.
  endsAt: new Date(Math.max(endsAt, Date.parse(notification.since))).toISOString(),
  ...(notification.url !== null && { generatorURL: notification.url }),
})

const firing = (notification: Notification, labels: Labels) =>
  alertOf(notification, labels, Date.parse(notification.at) + (notification.event === 'test' ? testMs : firesForMs))

function alertsOf(notification: Notification, receipt: string | null): { readonly alerts: readonly object[]; readonly labels: Labels } {
  const at = Date.parse(notification.at)
  const before: Labels | null = receipt === null ? null : JSON.parse(receipt)
  const labels = labelsOf(notification)
  if (notification.event === 'end')
    return { alerts: [alertOf(notification, before ?? labels, Date.parse(notification.endedAt ?? notification.at))], labels: before ?? labels }
  const fires = firing(notification, labels)
  const isOther = before !== null && notification.event !== 'start' && JSON.stringify(before) !== JSON.stringify(labels)
  return { alerts: isOther ? [alertOf(notification, before, at), fires] : [fires], labels }
}

const post = ({ alertmanager, user, secret }: AlertmanagerChannel, alerts: readonly object[], { http, signal }: Pick<SendContext, 'http' | 'signal'>) =>
  http.post(under(alertmanager, 'api/v2/alerts'), { body: JSON.stringify(alerts), headers: authorization(user, secret) }, signal)

/** Prometheus Alertmanager, through its API v2, for control centres that already route alerts with it. */
export const alertmanager: ChannelKind<AlertmanagerChannel> = {
  keys,
  secret: 'optional',
  isKeyed: true,
  send: async (channel, notification, context) => {
    const { alerts, labels } = alertsOf(notification, context.receiptOf(notification.key))
    const sent = await post(channel, alerts, context)
    return sent.ok ? { ok: true, receipt: JSON.stringify(labels) } : sent
  },
  renewal: {
    everyMs: renewEveryMs,
    send: (channel, lasting, context) =>
      post(
        channel,
        // With different labels it would be a different alert that is never resolved. Labels depend on the message, so those of the receipt are used.
        lasting.map(({ notification, receipt }) => firing(notification, receipt === null ? labelsOf(notification) : JSON.parse(receipt))),
        context,
      ),
  },
}
