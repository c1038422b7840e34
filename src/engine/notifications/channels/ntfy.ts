import { suchAs } from '../../../shared/written.ts'
import { type ChannelKind, type ChannelOf, line } from '../channelKind.ts'
import { answerIn, authorization, explained } from '../httpClient.ts'
import { cutBytes, saysLasting } from '../notification.ts'

const keys = () => ({
  /** The URL of a topic, such as `https://ntfy.sh/noc`: anyone who knows it can read the topic. `secret` is a token, or the password of `user`. */
  ntfy: suchAs('https://ntfy.sh/noc', (text) => URL.canParse(text) && /^https?:\/\/[^/?#@]+(\/[^?#]+)?\/[-\w]{1,64}$/.test(text)),
  user: line().optional(),
})
type NtfyChannel = ChannelOf<typeof keys>

/** https://docs.ntfy.sh/publish/#limitations: a longer message becomes an attachment. */
const longestMessage = 4_096
/** ntfy has no limit for titles; phones show a line or two. */
const longestTitle = 250

const priorities = { critical: 5, major: 4, minor: 3, warning: 2 } as const
const marks = {
  start: 'rotating_light',
  update: 'information_source',
  end: 'white_check_mark',
  summary: 'bookmark_tabs',
  report: 'clipboard',
  test: 'test_tube',
} as const

/** ntfy, with a priority by the alarm's severity; its end has the default priority. */
export const ntfy: ChannelKind<NtfyChannel> = {
  keys,
  secret: 'optional',
  send: async ({ ntfy, user, secret }, notification, { http, signal, text: { headline, lines, links } }) => {
    const slash = ntfy.lastIndexOf('/')
    const body = JSON.stringify({
      topic: ntfy.slice(slash + 1),
      title: cutBytes(headline, longestTitle),
      message: cutBytes(lines.join('\n'), longestMessage),
      priority: saysLasting(notification) ? priorities[notification.severity] : 3,
      tags: [marks[notification.event]],
      ...(notification.url !== null && { click: notification.url }),
      // Plain links that the phone opens: nothing is acknowledged until the user confirms there.
      ...(notification.ackUrl !== null && { actions: links.map(({ name, url }) => ({ action: 'view', label: name, url })) }),
    })
    const posted = await http.post(`${ntfy.slice(0, slash)}/`, { body, headers: authorization(user, secret) }, signal)
    return explained(posted, answerIn(posted).error)
  },
}
