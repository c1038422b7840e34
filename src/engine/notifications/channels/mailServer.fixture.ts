import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { makeCertificate } from '../../../../tests/fakes/certificate.ts'

export interface Mail {
  readonly text: string
  readonly from: string
  readonly to: readonly string[]
  readonly isSecure: boolean
  readonly user: string | null
}
/** A header as it was sent, in one line; null: there is none. */
export function headerOf({ text }: Mail, name: string): string | null {
  return new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(text)?.[1]?.replaceAll(/\r\n[ \t]+/g, ' ') ?? null
}

export const mailCertificate = makeCertificate({ commonName: 'mail', names: ['127.0.0.1'] })

/** A real SMTP server, and the mails that it took. */
export async function createMailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    key: mailCertificate.key,
    cert: mailCertificate.cert,
    onAuth: ({ username, password }, _, done) => (password === 'hunter2' ? done(null, { user: username }) : done(new Error('no such user'))),
    onData: (stream, session, done) => {
      let text = ''
      stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      stream.on('end', () => {
        const { envelope, secure, user } = session
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        mails.push({ text, from, to: envelope.rcptTo.map(({ address }) => address), isSecure: secure, user: user ?? null })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
