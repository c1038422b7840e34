import { createHash, randomBytes } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { err, ok, type Result } from '../../shared/result.ts'
import { loadWhenUsed } from '../loadWhenUsed.ts'
import { bodyWithin } from '../readBounded.ts'

/** Answers of devices are not longer, bytes: a recorder of 64 channels takes half of it. */
const longestAnswer = 1_000_000
/** Nor have they more elements, or deeper ones. */
const mostElements = 50_000
const mostDepth = 50

/** Names are without their prefix: no two that are read here differ by their namespace alone. */
export interface Element {
  readonly name: string
  readonly token: string
  readonly children: Element[]
  text: string
}

type Decode = (text: string) => string
/** What is used of the parser, which has no types. It knows the five entities of XML, and no others. */
interface SaxParser {
  on(event: 'openTag', run: (name: string, attributes: () => Readonly<Record<string, string>> | false, decode: Decode) => void): void
  on(event: 'text', run: (text: string, decode: Decode) => void): void
  on(event: 'cdata', run: (text: string) => void): void
  on(event: 'closeTag' | 'attention', run: () => void): void
  parse(xml: string): void
}
const saxen = loadWhenUsed<{ readonly Parser: new () => SaxParser }>('saxen')

/** The root of a document; null: it is damaged, too large, or has a document type, which SOAP forbids. */
export function parseXml(xml: string): Element | null {
  const document: Element = { name: '', token: '', children: [], text: '' }
  const open = [document]
  let elements = 0
  const { Parser } = saxen()
  const parser = new Parser()
  const refuse = () => {
    throw new Error('refused')
  }
  parser.on('attention', refuse)
  parser.on('openTag', (name, attributes, decode) => {
    if (++elements > mostElements || open.length > mostDepth) refuse()
    const { token } = attributes() || {}
    const element = { name: name.slice(name.indexOf(':') + 1), token: typeof token === 'string' ? decode(token) : '', children: [], text: '' }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  const append = (text: string) => {
    const element = open.at(-1)
    if (element !== undefined) element.text += text
  }
  parser.on('text', (text, decode) => append(decode(text)))
  parser.on('cdata', append)
  parser.on('closeTag', () => void open.pop())
  try {
    parser.parse(xml)
  } catch {
    return null
  }
  return document.children[0] ?? null
}

/** The first element at this path below another one. */
export function elementAt(element: Element | null, ...path: readonly string[]): Element | null {
  let found = element
  for (const name of path) found = found?.children.find((child) => child.name === name) ?? null
  return found
}
export function textAt(element: Element | null, ...path: readonly string[]): string {
  return elementAt(element, ...path)?.text.trim() ?? ''
}

export function escapeXml(text: string): string {
  return text.replaceAll(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

export interface Credentials {
  readonly user: string
  readonly password: string
}
const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss'
/** WS-UsernameToken: a digest, never the password itself. `at`: the time of the device, epoch ms. */
function securityHeader({ user, password }: Credentials, at: number): string {
  const nonce = randomBytes(16)
  const created = new Date(at).toISOString()
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64')
  return `<s:Header><o:Security s:mustUnderstand="1" xmlns:o="${wss}-wssecurity-secext-1.0.xsd"><o:UsernameToken><o:Username>${escapeXml(user)}</o:Username><o:Password Type="${wss}-username-token-profile-1.0#PasswordDigest">${digest}</o:Password><o:Nonce EncodingType="${wss}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</o:Nonce><u:Created xmlns:u="${wss}-wssecurity-utility-1.0.xsd">${created}</u:Created></o:UsernameToken></o:Security></s:Header>`
}

export type SoapFailure = 'refused' | 'failed'
/** Asks a device, and nothing that it redirects to. Returns the first element of the answer's body. */
export async function askSoap(
  { dispatcher, signal }: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal },
  url: URL,
  body: string,
  security: { readonly credentials: Credentials; readonly at: number } | null,
): Promise<Result<Element, SoapFailure>> {
  try {
    // What a device calls the time may be no date.
    const header = security === null ? '' : securityHeader(security.credentials, security.at)
    const { statusCode, body: answer } = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: { 'Content-Type': 'application/soap+xml; charset=utf-8' },
      body: `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${header}<s:Body>${body}</s:Body></s:Envelope>`,
      signal,
    })
    const bytes = await bodyWithin(answer, longestAnswer)
    if (statusCode === 401 || statusCode === 403) return err('refused')
    const said = bytes === null ? null : elementAt(parseXml(bytes.toString('utf8')), 'Body')?.children[0]
    if (said == null) return err('failed')
    if (said.name !== 'Fault') return statusCode === 200 ? ok(said) : err('failed')
    return err(
      /NotAuthorized|FailedAuthentication|InvalidSecurity/.test(textAt(said, 'Code', 'Subcode', 'Value') + textAt(said, 'Code', 'Subcode', 'Subcode', 'Value'))
        ? 'refused'
        : 'failed',
    )
  } catch {
    // Whatever a device does, it is only this one that is not read.
    return err('failed')
  }
}
