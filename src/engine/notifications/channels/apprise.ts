import { type ChannelKind, type ChannelOf, httpUrl, line } from '../channelKind.ts'
import { answered, answerIn, authorization, explained } from '../httpClient.ts'
import { linkLines, saysLasting } from '../notification.ts'

const keys = () => ({
  /** Where the API server takes messages for what is configured there, such as `http://127.0.0.1:8000/notify/noc`. */
  apprise: httpUrl,
  /** Only what has this tag there. */
  tag: line().optional(),
  user: line().optional(),
})
type AppriseChannel = ChannelOf<typeof keys>

const types = { critical: 'failure', major: 'failure', minor: 'warning', warning: 'warning' } as const

/** The API server of Apprise, which passes messages on to more than a hundred services and cuts them to the limits of each. */
export const apprise: ChannelKind<AppriseChannel> = {
  keys,
  secret: 'optional',
  send: async ({ apprise, tag, user, secret }, notification, { http, signal, text: { headline, lines, links } }) => {
    const body = JSON.stringify({
      title: headline,
      body: [...lines, ...linkLines({ links })].join('\n'),
      type: notification.event === 'test' ? 'info' : saysLasting(notification) ? types[notification.severity] : 'success',
      format: 'text',
      ...(tag !== undefined && { tag }),
    })
    const posted = await http.post(apprise, { body, headers: { accept: 'application/json', ...authorization(user, secret) } }, signal)
    // https://github.com/caronc/apprise-api: nothing is configured under this key or tag, so nobody was notified.
    if (posted.status === 204) return answered({ kind: 'answer', said: '204 No Content', isPassing: true }, false)
    return explained(posted, answerIn(posted).error)
  },
}
