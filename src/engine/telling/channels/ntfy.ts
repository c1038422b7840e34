import { type ChannelBase, type ChannelKind, languageOf } from '../channelKind.ts'
import { answerIn, authorization, explained } from '../httpDoor.ts'
import { cutBytes } from '../plainText.ts'
import { saysLasting } from '../told.ts'
import { toldText } from '../toldText.ts'

export interface NtfyChannel extends ChannelBase {
  /** The URL of a topic, such as `https://ntfy.sh/noc`: whoever knows it can read it. `secret` is a token, or the password of `user`. */
  readonly ntfy: string
  readonly user?: string | undefined
}

/** https://docs.ntfy.sh/publish/#limitations: what is longer becomes an attachment. */
const longestMessage = 4_096
/** It sets no limit for titles; phones show a line or two. */
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

/** ntfy, by the severity of the alarm; its end has the usual priority. */
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
      // Plain addresses, which a phone opens: nothing is done before somebody says so there.
      ...(told.ackUrl !== null && { actions: links.map(({ name, url }) => ({ action: 'view', label: name, url })) }),
    })
    const posted = await http.post(`${ntfy.slice(0, slash)}/`, { body, headers: authorization(user, secret) }, signal)
    return explained(posted, answerIn(posted).error)
  },
}
