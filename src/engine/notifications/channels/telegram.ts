import { cut } from '../../../shared/visibleText.ts'
import { countSchema, suchAs } from '../../../shared/written.ts'
import { type ChannelKind, type ChannelOf, httpUrl, startOf } from '../channelKind.ts'
import { answered, answerIn, explained, saidOf, under } from '../httpClient.ts'
import { linkLines } from '../notification.ts'

const keys = () => ({
  /** The id of a chat, or the `@name` of a public one. `secret` is the token of a bot. */
  telegram: suchAs('-1001234567890', (text) => /^(-?\d{1,20}|@\w{4,40})$/.test(text)),
  /** Of a group with topics: the id of one. */
  topic: countSchema(1, 2_147_483_647).optional(),
  /** Instead of Telegram itself. */
  url: httpUrl.optional(),
})
type TelegramChannel = ChannelOf<typeof keys>

/** https://core.telegram.org/bots/api#sendmessage */
const longestText = 4_096
const longestWaitS = 3_600

const baseOf = ({ url }: Pick<TelegramChannel, 'url'>) => url ?? 'https://api.telegram.org'

/** Telegram: one message each, as replies to the one with the start. Without `parse_mode` no character has a meaning, so no name can break a message. */
export const telegram: ChannelKind<TelegramChannel> = {
  keys,
  secret: 'required',
  secretProblem: (_, secret) => (secret === undefined || /^\d{1,20}:[\w-]{1,200}$/.test(secret) ? null : { example: '123456:ABC-DEF' }),
  origin: (channel) => `${new URL(baseOf(channel)).origin} ${channel.telegram}`,
  send: async ({ telegram, topic, url, secret = '' }, notification, { http, signal, receiptOf, text: { headline, lines, links } }) => {
    const link = linkLines({ links })
      .map((line) => `\n${line}`)
      .join('')
    const first = startOf(notification, receiptOf)
    const body = JSON.stringify({
      chat_id: telegram,
      text: `${cut([headline, ...lines].join('\n'), longestText - link.length)}${link}`,
      link_preview_options: { is_disabled: true },
      ...(topic !== undefined && { message_thread_id: topic }),
      // Somebody may have deleted it.
      ...(first !== null && { reply_parameters: { message_id: Number(first), allow_sending_without_reply: true } }),
    })
    const posted = await http.post(under(baseOf({ url }), `bot${secret}/sendMessage`), { body }, signal)
    const { result, description, parameters } = answerIn(posted)
    if (posted.ok) {
      const id: unknown = Object(result).message_id
      return { ok: true, receipt: notification.event === 'start' && typeof id === 'number' ? String(id) : undefined }
    }
    // The token is part of the URL: a wrong one is not found.
    if (posted.status === 404) return answered({ kind: 'signIn', said: saidOf(`404 ${String(description ?? '')}`) }, false)
    const waitS: unknown = Object(parameters).retry_after
    const sent = explained(posted, description)
    return sent.ok || typeof waitS !== 'number' ? sent : { ...sent, retryAfterMs: Math.min(Math.max(waitS, 0), longestWaitS) * 1_000 }
  },
}
