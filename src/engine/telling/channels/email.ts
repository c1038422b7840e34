import { createTransport, type SendMailOptions } from 'nodemailer'
import { timeLimit } from '../../../clock/clock.ts'
import { type ChannelBase, type ChannelKind, languageOf, type SendContext } from '../channelKind.ts'
import { oneLine } from '../plainText.ts'
import { answered, noAnswer, type Sent, saidOf } from '../sent.ts'
import type { Told } from '../told.ts'
import { linkLines, toldText } from '../toldText.ts'

export interface EmailChannel extends ChannelBase {
  /** Addresses that it is sent to. */
  readonly email: readonly string[]
  readonly from: string
  /** `smtps://` is TLS from the first byte; `smtp://` begins without. */
  readonly smtp: string
  /** `secret` is the password. */
  readonly user?: string | undefined
  /** false: never. Otherwise it is used where the server offers it, and required with a user. */
  readonly startTls?: boolean | undefined
  /** Certificates (PEM) that are trusted instead of the system's. */
  readonly caFile?: string | undefined
}

/** A whole dialog with a mail server, some of which let strangers wait half a minute. */
const dialogLimitMs = 60_000
const mostRecipients = 50
/** RFC 5321, 4.5.3.1.3: a path has 256 octets with its brackets. */
const longestAddress = 254

/**
 * E-mail over SMTP. All messages about one incident are one thread, which begins with the message that told its start, alone or with others; one that is
 * sent twice has the same Message-ID.
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
  send: async (channel, told, context) => {
    const { clock, signal } = context
    using limit = timeLimit(clock, dialogLimitMs, signal)
    try {
      const thread = threadOf(channel, told, context)
      const info = await transportOf(channel).sendMail({ ...mailOf(channel, told, thread), signal: limit.signal })
      const [rejected] = info.rejectedErrors ?? []
      return {
        ok: true,
        receipt: told.event === 'start' || told.event === 'summary' ? [...new Set([...thread.references.slice(0, 1), thread.messageId])].join(' ') : undefined,
        ...(rejected !== undefined && { caution: { kind: 'answer', said: saidOf(rejected.message), isPassing: false } }),
      }
    } catch (error) {
      signal.throwIfAborted()
      return failureOf(Object(error), limit.signal.aborted)
    }
  },
}

function transportOf({ smtp, user, secret, startTls, caFile }: EmailChannel) {
  const { protocol, hostname, port } = new URL(smtp)
  const secure = protocol === 'smtps:'
  const hasUser = user !== undefined
  return createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port !== '' ? Number(port) : secure ? 465 : hasUser ? 587 : 25,
    secure,
    requireTLS: !secure && (startTls ?? hasUser),
    ignoreTLS: !secure && startTls === false,
    ...(hasUser && { auth: { user, pass: secret ?? '' } }),
    ...(caFile !== undefined && { tls: { ca: caFile } }),
    // What is sent is made here: nothing in it is read from files or the network.
    disableFileAccess: true,
    disableUrlAccess: true,
    // The time limit is ours; a connection that it ends is not waited for.
    socketCloseTimeout: 0,
  })
}

const longestSubject = 200

/** RFC 5322, 3.6.4: a message that follows several names them all. So many of them. */
const mostParents = 20

interface Thread {
  readonly messageId: string
  readonly parents: readonly string[]
  /** The first message of its thread and the latest start in it; none: it begins one. */
  readonly references: readonly string[]
}

/** A receipt is what later messages refer to. What follows several threads stands in that of its last incident. */
function threadOf({ from }: EmailChannel, told: Told, { id, receiptOf }: SendContext): Thread {
  const domain = from.slice(from.lastIndexOf('@') + 1)
  const idOf = (text: string) => `<${text.replaceAll(/[^\w.-]/g, '-')}@${domain}>`
  const begins = (messageId: string): Thread => ({ messageId, parents: [], references: [] })
  // Numbers of messages are those of this console alone; no other one knows the key of an incident.
  const ownId = idOf(`${told.items?.[0]?.key ?? told.key}.${id}`)
  if (told.event === 'test' || told.event === 'report') return begins(ownId)
  const first = idOf(told.key)
  const known = new Set((told.items ?? [told]).flatMap(({ key }) => receiptOf(key) ?? []))
  if (known.size === 0) {
    // The first message has the id that the others refer to. A later start has one of its own: servers drop what has an id that they know.
    if (told.event === 'start') return begins(first)
    return told.event === 'summary' ? begins(ownId) : { messageId: ownId, parents: [first], references: [first] }
  }
  const chains = Array.from(known, (receipt) => receipt.split(' '))
  return { messageId: ownId, parents: chains.flatMap((chain) => chain.at(-1) ?? []).slice(-mostParents), references: chains.at(-1) ?? [] }
}

function mailOf({ email, from, language }: EmailChannel, told: Told, { messageId, parents, references }: Thread) {
  const { headline, lines, links } = toldText(told, languageOf({ language }))
  const isReply = parents.length > 0
  return {
    from: { name: 'mtxdeck', address: from },
    to: email.map((address) => ({ name: '', address })),
    // Some programs keep a thread together only while its subject stays the same.
    subject: `${isReply && told.event !== 'summary' ? 'Re: ' : ''}[mtxdeck] ${oneLine(told.title, longestSubject)}`,
    text: [headline, '', ...lines, ...(links.length === 0 ? [] : ['', ...linkLines({ links })]), ''].join('\n'),
    messageId,
    ...(isReply && { inReplyTo: parents.join(' '), references: [...references] }),
    date: new Date(told.at),
    headers: {
      'X-Mtxdeck-Key': told.key,
      'X-Mtxdeck-Event': told.event,
      'X-Mtxdeck-Severity': told.severity,
      // RFC 3834: vacation notices don't answer it.
      'Auto-Submitted': 'auto-generated',
    },
  } satisfies SendMailOptions
}

/** An error of nodemailer: `command` is the one of SMTP that was under way, `response` what the server answered. */
interface SmtpError {
  readonly message?: string
  readonly code?: string
  readonly originalCode?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
}

/** Commands whose refusal is about the message; that of another one is about the connection, and may pass. */
const ofMessage = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])

function failureOf({ message = '', code, originalCode, command = '', response, responseCode }: SmtpError, isLate: boolean): Sent {
  if (isLate) return noAnswer(null, true)
  const isPassing = responseCode === undefined || responseCode < 500
  if (code === 'EAUTH' && !(isPassing && response !== undefined)) return answered({ kind: 'signIn', said: saidOf(response ?? message) }, false)
  if (response !== undefined) {
    const isFinal = !isPassing && ofMessage.has(command)
    return answered({ kind: 'answer', said: saidOf(response), isPassing: !isFinal }, isFinal)
  }
  // A message that can't be written down as mail would not be taken later either.
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return answered({ kind: 'answer', said: saidOf(message), isPassing: false }, true)
  if (code === 'ETLS') return { ...noAnswer(null, false), failure: { kind: 'unreachable', code: saidOf(message) }, mayHaveArrived: false }
  return noAnswer({ code: originalCode ?? code }, false)
}
