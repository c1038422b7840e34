import { createHash, createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type AcceptedKey, sshPort } from './sshTarget.ts'

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHostLine {
  readonly marker: 'revoked' | 'cert-authority' | null
  /** The host field as written: patterns separated by commas, or one hashed name. */
  readonly hosts: string
  readonly keyType: string
  readonly key: Buffer
}

/** The existing known_hosts files that this user's ssh reads, too (ssh_config(5), UserKnownHostsFile and GlobalKnownHostsFile). */
export function defaultKnownHostsFiles(): readonly string[] {
  const files = [join(homedir(), '.ssh', 'known_hosts')]
  if (process.platform !== 'win32') files.push('/etc/ssh/ssh_known_hosts')
  else if (process.env.PROGRAMDATA !== undefined) files.push(join(process.env.PROGRAMDATA, 'ssh', 'ssh_known_hosts'))
  return files.filter((file) => existsSync(file))
}

/** Most lines that are read of a file. */
const mostLines = 100_000

/** Parses a known_hosts file. Invalid lines are skipped, as in ssh. */
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

/** The type named in a key; null: not a key. */
export function keyTypeOf(key: Buffer): string | null {
  if (key.length < 8) return null
  const length = key.readUInt32BE(0)
  if (length < 1 || length > 64 || key.length < 4 + length) return null
  const type = key.toString('latin1', 4, 4 + length)
  return /^[a-z0-9@.-]+$/i.test(type) ? type : null
}

/** `SHA256:` and base64 without padding, as ssh and ssh-keygen print it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** Name of a host in these files: the plain host for port 22, otherwise `[host]:port`. */
const nameInFile = (host: string, port: number) => (port === sshPort ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`)

function patternMatches(pattern: string, name: string): boolean {
  // Only * and ? are special. A regular expression would backtrack for ever on a hostile file with many stars.
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
  return expected.equals(actual)
}

/** Whether a line's host field names this host. A matching `!pattern` excludes the whole line. */
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

export interface KnownKeys {
  readonly lines: readonly KnownHostLine[]
  /** Lines that name the host without its port. As in ssh, they can confirm a key, but not contradict one. */
  readonly withoutPort: readonly KnownHostLine[]
  readonly accepted: readonly AcceptedKey[]
}

/** Selects the known keys of one host. */
export function knownKeysOf(lines: readonly KnownHostLine[], accepted: readonly AcceptedKey[], host: string, port: number): KnownKeys {
  const name = nameInFile(host, port)
  const bare = nameInFile(host, sshPort)
  return {
    lines: lines.filter((line) => namesHost(line.hosts, name)),
    withoutPort: port === sshPort ? [] : lines.filter((line) => namesHost(line.hosts, bare)),
    accepted,
  }
}

type KeyVerdict = { readonly kind: 'known' | 'unknown' | 'revoked' } | { readonly kind: 'changed'; readonly knownFingerprint: string }

/**
 * Judges the key that a host showed. Stricter than ssh in one respect: a type of key other than the known ones counts
 * as changed, because the known types were requested first.
 */
export function evaluateKey(key: Buffer, known: KnownKeys): KeyVerdict {
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
  return { kind: 'unknown' }
}

/** Signature algorithms of host keys, in the order in which they are requested if no key is known. SHA-1 is the last resort. */
const hostKeyAlgorithms = [
  ...(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'] as const),
  ...(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] as const),
]

/** Algorithms to request from a host: those of its known keys first, so that it shows a key that can be verified. */
export function hostKeyAlgorithmsFor(known: KnownKeys): typeof hostKeyAlgorithms {
  const types = new Set<string>(known.accepted.map((one) => one.keyType))
  for (const line of [...known.lines, ...known.withoutPort]) if (line.marker === null) types.add(line.keyType)
  const isKnown = (algorithm: string) => types.has(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm)
  return hostKeyAlgorithms.toSorted((one, other) => Number(isKnown(other)) - Number(isKnown(one)))
}
