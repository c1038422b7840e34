import type { SendMailOptions } from 'nodemailer'
import { z } from 'zod'
import { timeLimit } from '../../../clock/clock.ts'
import { oneLine } from '../../../shared/visibleText.ts'
import { booleanSchema, severalOf, suchAs } from '../../../shared/written.ts'
import { address, type ChannelKeys, type ChannelKind, type ChannelOf, line, type SendContext } from '../channelKind.ts'
import { answered, noAnswer, type Sent, saidOf } from '../httpClient.ts'
import { linkLines, type MailedDocument, type Notification } from '../notification.ts'

/** Timeout for a whole SMTP dialog, ms: some mail servers delay unknown clients by half a minute. */
const dialogLimitMs = 60_000
const mostRecipients = 50
/** RFC 5321, 4.5.3.1.3: a path has at most 256 octets, including its brackets. */
const longestAddress = 254
const mailbox = suchAs('noc@example.org', (text) => text.length <= longestAddress && /^[^\s@<>,;:"()[\]\\\p{Cc}]+@[^\s@<>,;:"()\\\p{Cc}]+$/u.test(text))

const keys = ((fileText) => ({
  email: severalOf(mailbox).pipe(z.array(z.string()).min(1).max(mostRecipients)),
  from: mailbox,
  /** URL of the mail server: `smtps://` uses TLS from the first byte, `smtp://` begins without. */
  smtp: address(['smtp', 'smtps'], 'smtp://mail.example.org:587'),
  /** User name; its password is `secret`. */
  user: line().optional(),
  /** Whether STARTTLS is required (true) or never used (false). Default: required with a user, otherwise used if the server offers it. */
  startTls: booleanSchema.optional(),
  /** CA certificates (PEM) to trust instead of the system's. */
  caFile: fileText.optional(),
})) satisfies ChannelKeys
export type EmailChannel = ChannelOf<typeof keys>

/** E-mail over SMTP. All messages about one incident form one thread. A message that is sent twice has the same Message-ID. */
export const email: ChannelKind<EmailChannel> = {
  keys,
  secret: 'ofUser',
  takesDocuments: true,
  origin: ({ smtp }) => smtp,
  send: async (channel, notification, context) => {
    const { clock, signal } = context
    using limit = timeLimit(clock, dialogLimitMs, signal)
    try {
      const transport = await transportOf(channel, await context.http.proxyTo(channel.smtp))
      const info = await transport.sendMail({ ...mailOf(channel, notification, context), signal: limit.signal })
      const [rejected] = info.rejectedErrors ?? []
      return { ok: true, ...(rejected !== undefined && { caution: { kind: 'answer', said: saidOf(rejected.message), isPassing: false } }) }
    } catch (error) {
      signal.throwIfAborted()
      return failureOf(Object(error), limit.signal.aborted)
    }
  },
}

/** Loads nodemailer with the first mail: a console without such a channel saves its 20 MB. */
async function transportOf({ smtp, user, secret, startTls, caFile }: EmailChannel, proxy: string | null) {
  const { protocol, hostname, port } = new URL(smtp)
  const secure = protocol === 'smtps:'
  const hasUser = user !== undefined
  const { createTransport } = await import('nodemailer')
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

function mailOf({ email, from }: EmailChannel, notification: Notification, { id, text: { headline, lines, links } }: SendContext) {
  const idOf = (text: string) => `<${text.replaceAll(/[^\w.-]/g, '-')}@${from.slice(from.lastIndexOf('@') + 1)}>`
  const isOfIncident = notification.event === 'start' || notification.event === 'update' || notification.event === 'end'
  // All messages about an incident refer to the same id, which itself is never used: mail clients make a thread of them, also after a combined message.
  const thread = idOf(notification.key)
  return {
    from: { name: 'mtxdeck', address: from },
    to: email.map((address) => ({ name: '', address })),
    subject: oneLine(headline, longestSubject),
    text: [headline, '', ...lines, ...(links.length === 0 ? [] : ['', ...linkLines({ links })]), ''].join('\n'),
    ...(notification.document && documentParts(notification.document)),
    // Message numbers are only unique within this console; with the key of an incident, the id is unique across consoles.
    messageId: idOf(`${notification.items?.[0]?.key ?? notification.key}.${id}`),
    ...(isOfIncident && { inReplyTo: thread, references: [thread] }),
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

const documentParts = ({ html, csv }: MailedDocument) => ({
  html,
  // With a mark of its encoding, which spreadsheets need.
  attachments: csv === undefined ? [] : [{ filename: csv.name, contentType: 'text/csv; charset=utf-8', content: `\uFEFF${csv.content}` }],
})

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
