import { createSocket } from 'node:dgram'
import { isIPv6, type Socket, connect as tcpConnect } from 'node:net'
import { hostname } from 'node:os'
import { connect as tlsConnect } from 'node:tls'
import { timeLimit } from '../../../clock/clock.ts'
import { oneLine } from '../../../shared/visibleText.ts'
import { oneOf } from '../../../shared/written.ts'
import { address, type ChannelKeys, type ChannelKind, type ChannelOf, type SendContext } from '../channelKind.ts'
import { answerLimitMs, noAnswer, type Sent } from '../httpClient.ts'
import { cutBytes, type Notification, saysLasting } from '../notification.ts'

/** RFC 5424, table 1. */
const facilities =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7'.split(' ')

const keys = ((fileText) => ({
  /** `udp://`, `tcp://` or `tls://`, with host and port. */
  syslog: address(['udp', 'tcp', 'tls'], 'tls://logs.example.org:6514'),
  facility: oneOf(facilities).optional(),
  /** Certificates (PEM) that are trusted instead of the system's. */
  caFile: fileText.optional(),
})) satisfies ChannelKeys
type SyslogChannel = ChannelOf<typeof keys>

const defaultPorts: Readonly<Record<string, number>> = { 'udp:': 514, 'tcp:': 601, 'tls:': 6514 }
/** RFC 5426, 3.2, and RFC 5425, 4.3.1: what receivers should take. */
const longest: Readonly<Record<string, number>> = { 'udp:': 2_048, 'tcp:': 8_192, 'tls:': 8_192 }
const longestValue = 150
const longestUrl = 300

/** RFC 5424, table 2. What ended, and a test, are informational. */
const severities = { critical: 2, major: 3, minor: 4, warning: 5 } as const
const informational = 6

/** The enterprise number that RFC 5612 keeps for such as have none of their own. */
const structureId = 'mtxdeck@32473'

/** RFC 5424, 6.3.3: these three are escaped. */
const quoted = (value: string, most: number) => `"${cutBytes(oneLine(value, most), most).replaceAll(/["\\\]]/g, '\\$&')}"`

/** RFC 5424, 6.2.4: printable ASCII without spaces. */
const ownName = /^[\x21-\x7e]{1,255}$/.test(hostname()) ? hostname() : '-'

/** A message of RFC 5424: structured data for machines, then a text in UTF-8 for people. */
function messageOf({ facility = 'local0', syslog }: SyslogChannel, notification: Notification, { headline, lines }: SendContext['text']): Buffer {
  const severity = saysLasting(notification) ? severities[notification.severity] : informational
  const values: Readonly<Record<string, string | null | undefined>> = {
    key: notification.key,
    event: notification.event,
    severity: notification.severity,
    state: notification.state,
    server: notification.servers[0],
    stream: notification.streams[0],
    since: notification.since,
    endedAt: notification.endedAt,
    mayRepeat: notification.mayRepeat ? 'true' : null,
  }
  const parameters = Object.entries(values).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`${name}=${quoted(value, longestValue)}`],
  )
  if (notification.url !== null) parameters.push(`url=${quoted(notification.url, longestUrl)}`)
  const head = `<${facilities.indexOf(facility) * 8 + severity}>1 ${notification.at} ${ownName} mtxdeck - ${notification.event} [${structureId} ${parameters.join(' ')}] \ufeff`
  const room = (longest[new URL(syslog).protocol] ?? 0) - Buffer.byteLength(head)
  return Buffer.from(head + cutBytes([headline, ...lines].join(' '), room))
}

function targetOf({ syslog }: SyslogChannel) {
  const { protocol, hostname: host, port } = new URL(syslog)
  return { protocol, host: host.replace(/^\[|\]$/g, ''), port: port === '' ? (defaultPorts[protocol] ?? 0) : Number(port) }
}

const byUdp = (host: string, port: number, message: Buffer, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', signal })
    const end = (error?: Error | null) => {
      socket.close()
      if (error) reject(error)
      else resolve()
    }
    socket.once('error', end)
    socket.send(message, port, host, end)
  })

/** Resolves once the other side has read to the end and closed, which is all that syslog says of a message; or is `finished`, once all is sent. */
const byStream = (socket: Socket, frame: Buffer, signal: AbortSignal, onFinished: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => socket.destroy(signal.reason instanceof Error ? signal.reason : undefined)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    socket.once('error', reject)
    socket.once('finish', onFinished)
    socket.once('close', () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    // What it says is not read, but has to be taken for the connection to end.
    socket.resume()
    socket.end(frame)
  })

/** A syslog server, by RFC 5424: over UDP (RFC 5426), TCP with the length before each message (RFC 6587, 3.4.1), or TLS (RFC 5425). */
export const syslog: ChannelKind<SyslogChannel> = {
  keys,
  secret: 'none',
  origin: ({ syslog }) => syslog,
  send: async (channel, notification, { clock, signal, text }): Promise<Sent> => {
    const { protocol, host, port } = targetOf(channel)
    const message = messageOf(channel, notification, text)
    const frame = Buffer.concat([Buffer.from(`${message.length} `), message])
    using limit = timeLimit(clock, answerLimitMs, signal)
    let isFinished = false
    const onFinished = () => {
      isFinished = true
    }
    try {
      if (protocol === 'udp:') await byUdp(host, port, message, limit.signal)
      else {
        const { caFile: ca } = channel
        const isName = /[^\d.]/.test(host) && !isIPv6(host)
        const socket =
          protocol === 'tcp:' ? tcpConnect({ host, port }) : tlsConnect({ host, port, ...(isName && { servername: host }), ...(ca !== undefined && { ca }) })
        await byStream(socket, frame, limit.signal, onFinished)
      }
      return { ok: true }
    } catch (error) {
      signal.throwIfAborted()
      // All was sent, and the server keeps the connection: it says no more than that.
      if (limit.signal.aborted && isFinished) return { ok: true }
      return noAnswer(error, limit.signal.aborted)
    }
  },
}
