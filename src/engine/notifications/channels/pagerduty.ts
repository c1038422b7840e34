import { oneLine } from '../../../shared/visibleText.ts'
import { type ChannelKind, type ChannelOf, httpUrl, type SendContext } from '../channelKind.ts'
import { answerIn, explained, type Posted, type Sent, under } from '../httpClient.ts'
import type { Notification } from '../notification.ts'

/** Where events are taken: one of PagerDuty's service regions. `secret` is the integration key. */
const keys = () => ({ pagerduty: httpUrl })
type PagerdutyChannel = ChannelOf<typeof keys>

// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
const longestSummary = 1024
const longestSource = 255
/** Of the details, which may have 512 KB with the rest. */
const longestDetail = 1_000
const mostDetails = 20

const severities = { critical: 'critical', major: 'error', minor: 'warning', warning: 'info' } as const

function eventOf(notification: Notification, action: 'trigger' | 'acknowledge' | 'resolve', secret: string, { links }: SendContext['text']) {
  const { key, headline, text, severity, servers, streams, members, since, url } = notification
  const known = { routing_key: secret, event_action: action, dedup_key: `mtxdeck-${key}` }
  if (action !== 'trigger') return known
  const named = (names: readonly string[]) => names.slice(0, mostDetails).map((name) => oneLine(name, longestDetail))
  return {
    ...known,
    client: 'mtxdeck',
    ...(url !== null && { client_url: url, links: links.map((link) => ({ href: link.url, text: link.name })) }),
    payload: {
      summary: oneLine(headline, longestSummary),
      source: oneLine(servers[0] ?? 'mtxdeck', longestSource),
      severity: severities[severity],
      timestamp: since,
      ...(streams[0] !== undefined && { component: oneLine(streams[0], longestSource) }),
      class: members[0]?.kind ?? notification.event,
      custom_details: { text: oneLine(text, longestDetail), servers: named(servers), streams: named(streams), since },
    },
  }
}

/** PagerDuty's events API v2, where an alarm is one alert from its start to its end. What is acknowledged here is acknowledged there. */
export const pagerduty: ChannelKind<PagerdutyChannel> = {
  keys,
  secret: 'required',
  isKeyed: true,
  send: async ({ pagerduty, secret = '' }, notification, { http, signal, text }) => {
    const post = async (action: 'trigger' | 'acknowledge' | 'resolve'): Promise<Sent> =>
      withReason(await http.post(under(pagerduty, 'v2/enqueue'), { body: JSON.stringify(eventOf(notification, action, secret, text)) }, signal))
    if (notification.event === 'end') return post('resolve')
    const sent = await post('trigger')
    if (!sent.ok) return sent
    // A test is not to keep anybody busy.
    if (notification.event === 'test') return post('resolve')
    return notification.event === 'update' && notification.state === 'acknowledged' ? post('acknowledge') : sent
  },
}

function withReason(posted: Posted): Sent {
  const { message, errors } = answerIn(posted)
  return explained(posted, [message, ...(Array.isArray(errors) ? errors : [])].filter((said) => typeof said === 'string').join(': '))
}
