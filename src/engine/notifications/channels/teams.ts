import { cut } from '../../../shared/visibleText.ts'
import { type ChannelKind, type ChannelOf, httpUrl, urlProblem } from '../channelKind.ts'
import { explained } from '../httpClient.ts'
import { saysLasting } from '../notification.ts'

/** The URL of a workflow that posts to a channel or chat; its secret part may be the secret. */
const keys = () => ({ teams: httpUrl })
type TeamsChannel = ChannelOf<typeof keys>

/** https://learn.microsoft.com/microsoftteams/limits-specifications-teams: 28 KB for a message; this is in UTF-16 units, of up to three bytes. */
const longestText = 6_000

/** Microsoft Teams: an Adaptive Card to the URL of a workflow, as the connectors of Office 365 ended. */
export const teams: ChannelKind<TeamsChannel> = {
  keys,
  secret: 'optional',
  secretProblem: ({ teams }, secret) => urlProblem(teams, secret),
  origin: ({ teams, secret }) => new URL(secret ?? '', teams).origin,
  send: async ({ teams, secret }, notification, { http, signal, text: { headline, lines, links } }) => {
    // TextBlock reads Markdown, in which a name could be a link; a TextRun shows what it is given. https://adaptivecards.io/explorer/TextRun.html
    const run = (text: string, more: object = {}) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text, ...more }] })
    const tone =
      notification.event === 'end' || (notification.event === 'summary' && !saysLasting(notification))
        ? 'good'
        : notification.severity === 'critical' || notification.severity === 'major'
          ? 'attention'
          : 'warning'
    const card = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body: [run(headline, { weight: 'bolder', size: 'medium', color: tone }), run(cut(lines.join('\n'), longestText))],
      ...(links.length > 0 && { actions: links.map(({ name, url }) => ({ type: 'Action.OpenUrl', title: name, url })) }),
    }
    const body = JSON.stringify({ type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }] })
    const posted = await http.post(
      secret === undefined ? teams : new URL(secret, teams).href,
      { body, headers: { 'content-type': 'application/json; charset=utf-8' } },
      signal,
    )
    return explained(posted, posted.text)
  },
}
