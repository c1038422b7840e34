import { type ChannelBase, type ChannelKind, languageOf } from '../channelKind.ts'
import { answerIn, authorization, explained } from '../httpDoor.ts'
import { cutBytes } from '../plainText.ts'
import { saysLasting } from '../told.ts'
import { toldText } from '../toldText.ts'

export interface NtfyChannel extends ChannelBase {
  /** The URL of a topic, such as `https://ntfy.sh/noc`: anyone who knows it can read the topic. `secret` is a token, or the password of `user`. */
  readonly ntfy: string
  readonly user?: string | undefined
}

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
  form: ({ channel, suchAs, line, needsSecret }) =>
    channel(
      {
        ntfy: suchAs('https://ntfy.sh/noc', (text) => URL.canParse(text) && /^https?:\/\/[^/?#@]+(\/[^?#]+)?\/[-\w]{1,64}$/.test(text)),
        user: line('user').optional(),
      },
      'maySecret',
      needsSecret('user'),
    ),
  origin: ({ ntfy }) => new URL(ntfy).origin,
  send: async ({ ntfy, user, secret, language }, told, { http, signal }) => {
    const { headline, lines, links } = toldText(told, languageOf({ language }))
    const slash = ntfy.lastIndexOf('/')
    const body = JSON.stringify({
      topic: ntfy.slice(slash + 1),
      title: cutBytes(headline, longestTitle),
      message: cutBytes(lines.join('\n'), longestMessage),
      priority: saysLasting(told) ? priorities[told.severity] : 3,
      tags: [marks[told.event]],
      ...(told.url !== null && { click: told.url }),
      // Plain links that the phone opens: nothing is acknowledged until the user confirms there.
      ...(told.ackUrl !== null && { actions: links.map(({ name, url }) => ({ action: 'view', label: name, url })) }),
    })
    const posted = await http.post(`${ntfy.slice(0, slash)}/`, { body, headers: authorization(user, secret) }, signal)
    return explained(posted, answerIn(posted).error)
  },
}
