import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type AcceptedKey, sshPort } from './transport.ts'

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHostLine {
  readonly marker: 'revoked' | 'cert-authority' | null
  /** The host field as written: patterns separated by commas, or one hashed name. */
  readonly hosts: string
  readonly keyType: string
  /** The key as it goes over the wire. */
  readonly key: Buffer
}

/** Longer files are cut: some 40 000 lines. */
const mostLines = 100_000

/** Reads a known_hosts file. Lines that can't be understood are skipped, as ssh does. */
export function parseKnownHosts(text: string): readonly KnownHostLine[] {
  const lines: KnownHostLine[] = []
  for (const raw of text.split('\n', mostLines)) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const fields = line.split(/[ \t]+/)
    let marker: KnownHostLine['marker'] = null
    if (fields[0]?.startsWith('@')) {
      const name = fields.shift()
      if (name === '@revoked') marker = 'revoked'
      else if (name === '@cert-authority') marker = 'cert-authority'
      else continue
    }
    const [hosts, keyType, base64] = fields
    if (hosts === undefined || keyType === undefined || base64 === undefined) continue
    const key = Buffer.from(base64, 'base64')
    if (keyTypeOf(key) !== keyType) continue
    lines.push({ marker, hosts, keyType, key })
  }
  return lines
}

/** The type that stands in a key; null: it is none. */
export function keyTypeOf(key: Buffer): string | null {
  if (key.length < 8) return null
  const length = key.readUInt32BE(0)
  if (length < 1 || length > 64 || key.length < 4 + length) return null
  const type = key.toString('latin1', 4, 4 + length)
  return /^[a-z0-9@.-]+$/i.test(type) ? type : null
}

/** `SHA256:` and base64 without padding, as ssh and ssh-keygen print it. */
export const fingerprintOf = (key: Buffer): string => `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** ssh's name of a host in these files: bare at port 22, `[host]:port` elsewhere. */
const nameInFile = (host: string, port: number) => (port === sshPort ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`)

function patternMatches(pattern: string, name: string): boolean {
  // Only * and ? mean anything; a backtracking regular expression of a hostile file's stars would take for ever.
  let p = 0
  let n = 0
  let star = -1
  let mark = 0
  while (n < name.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      mark = n
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++
      n++
    } else if (star >= 0) {
      p = star + 1
      n = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

function hashedMatches(hashed: string, name: string): boolean {
  const [, , salt, hash] = hashed.split('|')
  if (!hashed.startsWith('|1|') || salt === undefined || hash === undefined) return false
  const expected = Buffer.from(hash, 'base64')
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** Whether a line's host field names this host. One `!pattern` that matches rules the whole line out. */
function namesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return hashedMatches(hosts, name)
  let found = false
  for (const part of hosts.toLowerCase().split(',')) {
    if (part.startsWith('!')) {
      if (patternMatches(part.slice(1), name)) return false
    } else if (patternMatches(part, name)) found = true
  }
  return found
}

/** What is known of one host. */
export interface KnownKeys {
  readonly lines: readonly KnownHostLine[]
  /** Lines that name the host without its port: they may vouch for a key, never against one, as with ssh. */
  readonly withoutPort: readonly KnownHostLine[]
  readonly accepted: readonly AcceptedKey[]
}

/** Picks what concerns one host. */
export function knownKeysOf(lines: readonly KnownHostLine[], accepted: readonly AcceptedKey[], host: string, port: number): KnownKeys {
  const name = nameInFile(host, port)
  const bare = nameInFile(host, sshPort)
  return {
    lines: lines.filter((line) => namesHost(line.hosts, name)),
    withoutPort: port === sshPort ? [] : lines.filter((line) => namesHost(line.hosts, bare)),
    accepted,
  }
}

export type KeyVerdict =
  | { readonly kind: 'known' }
  /** `authority`: a certificate authority is known for the host, which does not vouch for plain keys. */
  | { readonly kind: 'unknown'; readonly authority: boolean }
  | { readonly kind: 'changed'; readonly knownFingerprint: string }
  | { readonly kind: 'revoked' }

/**
 * Judges the key that a host showed. Stricter than ssh in one thing: another type of key than the known ones counts
 * as changed, since the known types were asked for first.
 */
export function judgeKey(key: Buffer, known: KnownKeys): KeyVerdict {
  const fingerprint = fingerprintOf(key)
  const type = keyTypeOf(key)
  const all = [...known.lines, ...known.withoutPort]
  if (all.some((line) => line.marker === 'revoked' && line.key.equals(key))) return { kind: 'revoked' }
  if (known.accepted.some((one) => one.fingerprint === fingerprint)) return { kind: 'known' }
  if (all.some((line) => line.marker === null && line.key.equals(key))) return { kind: 'known' }
  const others: AcceptedKey[] = [
    ...known.accepted,
    ...known.lines.filter((line) => line.marker === null).map((line) => ({ keyType: line.keyType, fingerprint: fingerprintOf(line.key) })),
  ]
  const other = others.find((one) => one.keyType === type) ?? others[0]
  if (other !== undefined) return { kind: 'changed', knownFingerprint: other.fingerprint }
  return { kind: 'unknown', authority: all.some((line) => line.marker === 'cert-authority') }
}

/** Signature algorithms of host keys, in the order they are asked for where nothing is known. SHA-1 is the last resort. */
const hostKeyAlgorithms = [
  { algorithm: 'ssh-ed25519', keyType: 'ssh-ed25519' },
  { algorithm: 'ecdsa-sha2-nistp256', keyType: 'ecdsa-sha2-nistp256' },
  { algorithm: 'ecdsa-sha2-nistp384', keyType: 'ecdsa-sha2-nistp384' },
  { algorithm: 'ecdsa-sha2-nistp521', keyType: 'ecdsa-sha2-nistp521' },
  { algorithm: 'rsa-sha2-512', keyType: 'ssh-rsa' },
  { algorithm: 'rsa-sha2-256', keyType: 'ssh-rsa' },
  { algorithm: 'ssh-rsa', keyType: 'ssh-rsa' },
] as const
export type HostKeyAlgorithm = (typeof hostKeyAlgorithms)[number]['algorithm']

/** What to ask a host for: types that are known of it first, so that it shows a key that can be checked. */
export function hostKeyAlgorithmsFor(known: KnownKeys): HostKeyAlgorithm[] {
  const types = new Set<string>(known.accepted.map((one) => one.keyType))
  for (const line of [...known.lines, ...known.withoutPort]) if (line.marker === null) types.add(line.keyType)
  const first = hostKeyAlgorithms.filter((one) => types.has(one.keyType))
  const rest = hostKeyAlgorithms.filter((one) => !types.has(one.keyType))
  return [...first, ...rest].map((one) => one.algorithm)
}
