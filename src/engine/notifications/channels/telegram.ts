import { type ChannelBase, type ChannelKind, followed, languageOf } from '../channelKind.ts'
import { answerIn, explained, under } from '../httpDoor.ts'
import { linkLines, notificationText } from '../notificationText.ts'
import { cut } from '../plainText.ts'
import { answered, saidOf } from '../sent.ts'

export interface TelegramChannel extends ChannelBase {
  /** The id of a chat, or the `@name` of a public one. `secret` is the token of a bot. */
  readonly telegram: string
  /** Of a group with topics: the id of one. */
  readonly topic?: number | undefined
  /** Instead of Telegram itself. */
  readonly url?: string | undefined
}

/** https://core.telegram.org/bots/api#sendmessage */
const longestText = 4_096
const longestWaitS = 3_600

const baseOf = ({ url }: Pick<TelegramChannel, 'url'>) => url ?? 'https://api.telegram.org'

/** Telegram: one message each, as replies to the one with the start. Without `parse_mode` no character has a meaning, so no name can break a message. */
export const telegram: ChannelKind<TelegramChannel> = {
  form: ({ channel, httpUrl, suchAs, count, secretIs }) =>
    channel(
      {
        telegram: suchAs('-1001234567890', (text) => /^(-?\d{1,20}|@\w{4,40})$/.test(text)),
        topic: count(1, 2_147_483_647).optional(),
        url: httpUrl.optional(),
      },
      'mustSecret',
      secretIs('123456:ABC-DEF', (text) => /^\d{1,20}:[\w-]{1,200}$/.test(text)),
    ),
  origin: (channel) => `${new URL(baseOf(channel)).origin} ${channel.telegram}`,
  send: async ({ telegram, topic, url, secret = '', language }, notification, { http, signal, receiptOf }) => {
    const { headline, lines, links } = notificationText(notification, languageOf({ language }))
    const link = linkLines({ links })
      .map((line) => `\n${line}`)
      .join('')
    const first = followed(notification, receiptOf)
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
      const mayBeFollowed = notification.event === 'start' || notification.event === 'summary'
      return { ok: true, receipt: mayBeFollowed && typeof id === 'number' ? String(id) : undefined }
    }
    // The token is part of the URL: a wrong one is not found.
    if (posted.status === 404) return answered({ kind: 'signIn', said: saidOf(`404 ${String(description ?? '')}`) }, false)
    const waitS: unknown = Object(parameters).retry_after
    const sent = explained(posted, description)
    return sent.ok || typeof waitS !== 'number' ? sent : { ...sent, retryAfterMs: Math.min(Math.max(waitS, 0), longestWaitS) * 1_000 }
  },
}
