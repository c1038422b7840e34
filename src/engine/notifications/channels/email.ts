import { createTransport, type SendMailOptions } from 'nodemailer'
import { timeLimit } from '../../../clock/clock.ts'
import { type ChannelBase, type ChannelKind, languageOf, type SendContext } from '../channelKind.ts'
import type { Notification } from '../notification.ts'
import { linkLines, notificationText } from '../notificationText.ts'
import { oneLine } from '../plainText.ts'
import { answered, noAnswer, type Sent, saidOf } from '../sent.ts'

export interface EmailChannel extends ChannelBase {
  /** Recipient addresses. */
  readonly email: readonly string[]
  readonly from: string
  /** URL of the mail server: `smtps://` uses TLS from the first byte, `smtp://` begins without. */
  readonly smtp: string
  /** User name; its password is `secret`. */
  readonly user?: string | undefined
  /** Whether STARTTLS is required (true) or never used (false). Default: required with a user, otherwise used if the server offers it. */
  readonly startTls?: boolean | undefined
  /** CA certificates (PEM) to trust instead of the system's. */
  readonly caFile?: string | undefined
}

/** Timeout for a whole SMTP dialog, ms: some mail servers delay unknown clients by half a minute. */
const dialogLimitMs = 60_000
const mostRecipients = 50
/** RFC 5321, 4.5.3.1.3: a path has at most 256 octets, including its brackets. */
const longestAddress = 254

/**
 * E-mail over SMTP. All messages about one incident form one thread, which begins with the message that reported its start, alone or together with
 * others. A message that is sent twice has the same Message-ID.
 */
export const email: ChannelKind<EmailChannel> = {
  form: ({ channel, several, suchAs, address, boolean, fileText, line, needsSecret, secretNeeds }) => {
    const mailbox = suchAs('noc@example.org', (text) => text.length <= longestAddress && /^[^\s@<>,;:"()[\]\\\p{Cc}]+@[^\s@<>,;:"()\\\p{Cc}]+$/u.test(text))
    return channel(
      {
        email: several(mailbox, mostRecipients),
        from: mailbox,
        smtp: address(['smtp', 'smtps'], 'smtp://mail.example.org:587'),
        user: line('user').optional(),
        startTls: boolean.optional(),
        caFile: fileText.optional(),
      },
      'maySecret',
      (entered, ctx) => {
        needsSecret('user')(entered, ctx)
        secretNeeds('user')(entered, ctx)
      },
    )
  },
  origin: ({ smtp }) => smtp,
  send: async (channel, notification, context) => {
    const { clock, signal } = context
    using limit = timeLimit(clock, dialogLimitMs, signal)
    try {
      const thread = threadOf(channel, notification, context)
      const mayBeFollowed = notification.event === 'start' || notification.event === 'summary'
      const info = await transportOf(channel, await context.http.proxyTo(channel.smtp)).sendMail({
        ...mailOf(channel, notification, thread),
        signal: limit.signal,
      })
      const [rejected] = info.rejectedErrors ?? []
      return {
        ok: true,
        receipt: mayBeFollowed ? [...new Set([...thread.references.slice(0, 1), thread.messageId])].join(' ') : undefined,
        ...(rejected !== undefined && { caution: { kind: 'answer', said: saidOf(rejected.message), isPassing: false } }),
      }
    } catch (error) {
      signal.throwIfAborted()
      return failureOf(Object(error), limit.signal.aborted)
    }
  },
}

function transportOf({ smtp, user, secret, startTls, caFile }: EmailChannel, proxy: string | null) {
  const { protocol, hostname, port } = new URL(smtp)
  const secure = protocol === 'smtps:'
  const hasUser = user !== undefined
  return createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port !== '' ? Number(port) : secure ? 465 : hasUser ? 587 : 25,
    secure,
    requireTLS: !secure && (startTls ?? hasUser),
    ignoreTLS: !secure && startTls === false,
    ...(proxy !== null && { proxy }),
    ...(hasUser && { auth: { user, pass: secret ?? '' } }),
    ...(caFile !== undefined && { tls: { ca: caFile } }),
    // Messages are built here; nothing in them is read from files or the network.
    disableFileAccess: true,
    disableUrlAccess: true,
    // We apply our own timeout and do not wait for a connection that it has aborted.
    socketCloseTimeout: 0,
  })
}

const longestSubject = 200

/** Maximum number of parents: a reply to several messages names them all (RFC 5322, 3.6.4). */
const mostParents = 20

interface Thread {
  readonly messageId: string
  readonly parents: readonly string[]
  /** The first message of the thread and the latest start message in it; empty: this message begins a thread. */
  readonly references: readonly string[]
}

/** Finds the thread of a message from receipts, the ids that later messages refer to. A follow-up to several threads joins that of its last incident. */
function threadOf({ from }: EmailChannel, notification: Notification, { id, receiptOf }: SendContext): Thread {
  const domain = from.slice(from.lastIndexOf('@') + 1)
  const idOf = (text: string) => `<${text.replaceAll(/[^\w.-]/g, '-')}@${domain}>`
  const begins = (messageId: string): Thread => ({ messageId, parents: [], references: [] })
  // Message numbers are only unique within this console; with the key of an incident, the id is unique across consoles.
  const ownId = idOf(`${notification.items?.[0]?.key ?? notification.key}.${id}`)
  if (notification.event === 'test' || notification.event === 'report') return begins(ownId)
  const first = idOf(notification.key)
  const known = new Set((notification.items ?? [notification]).flatMap(({ key }) => receiptOf(key) ?? []))
  if (known.size === 0) {
    // The first message has the id that the others refer to. A later start needs its own id, because servers drop messages with an id that they know.
    if (notification.event === 'start') return begins(first)
    return notification.event === 'summary' ? begins(ownId) : { messageId: ownId, parents: [first], references: [first] }
  }
  const chains = Array.from(known, (receipt) => receipt.split(' '))
  return { messageId: ownId, parents: chains.flatMap((chain) => chain.at(-1) ?? []).slice(-mostParents), references: chains.at(-1) ?? [] }
}

function mailOf({ email, from, language }: EmailChannel, notification: Notification, { messageId, parents, references }: Thread) {
  const { headline, lines, links } = notificationText(notification, languageOf({ language }))
  const isReply = parents.length > 0
  return {
    from: { name: 'mtxdeck', address: from },
    to: email.map((address) => ({ name: '', address })),
    subject: oneLine(headline, longestSubject),
    text: [headline, '', ...lines, ...(links.length === 0 ? [] : ['', ...linkLines({ links })]), ''].join('\n'),
    messageId,
    ...(isReply && { inReplyTo: parents.join(' '), references: [...references] }),
    date: new Date(notification.at),
    headers: {
      'X-Mtxdeck-Key': notification.key,
      'X-Mtxdeck-Event': notification.event,
      'X-Mtxdeck-Severity': notification.severity,
      // RFC 3834: prevents automatic replies such as vacation notices.
      'Auto-Submitted': 'auto-generated',
    },
  } satisfies SendMailOptions
}

/** An error of nodemailer: `command` is the SMTP command that failed, `response` the server's answer. */
interface SmtpError {
  readonly message?: string
  readonly code?: string
  readonly originalCode?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
}

/** Commands whose refusal concerns the message. Refusal of any other command concerns the connection and may be temporary. */
const ofMessage = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])

function failureOf({ message = '', code, originalCode, command = '', response, responseCode }: SmtpError, isLate: boolean): Sent {
  if (isLate) return noAnswer(null, true)
  const isPassing = responseCode === undefined || responseCode < 500
  if (code === 'EAUTH' && !(isPassing && response !== undefined)) return answered({ kind: 'signIn', said: saidOf(response ?? message) }, false)
  if (response !== undefined) {
    const isFinal = !isPassing && ofMessage.has(command)
    return answered({ kind: 'answer', said: saidOf(response), isPassing: !isFinal }, isFinal)
  }
  // A message that can't be encoded as mail would also fail later.
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return answered({ kind: 'answer', said: saidOf(message), isPassing: false }, true)
  if (code === 'ETLS') return { ...noAnswer(null, false), failure: { kind: 'unreachable', code: saidOf(message) }, mayHaveArrived: false }
  return noAnswer({ code: originalCode ?? code, message }, false)
}
