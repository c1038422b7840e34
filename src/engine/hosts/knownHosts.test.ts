import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { evaluateKey, fingerprintOf, hostKeyAlgorithmsFor, keyTypeOf, knownKeysOf, parseKnownHosts } from './knownHosts.ts'
import { createKeyFolder, createKeyPair, hasSshd } from './testSshd.fixture.ts'

/** A key's shape is all that counts here: type and some bytes. */
function keyOf(type: string, seed: number) {
  const name = Buffer.from(type)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(name.length)
  return Buffer.concat([head, name, Buffer.alloc(36, seed)])
}
const first = keyOf('ssh-ed25519', 1)
const second = keyOf('ssh-ed25519', 2)
const rsa = keyOf('ssh-rsa', 3)
const line = (hosts: string, key: Buffer, marker = '') => `${marker}${marker ? ' ' : ''}${hosts} ${keyTypeOf(key)} ${key.toString('base64')} comment\n`
const evaluate = (file: string, key: Buffer, host: string, port = 22, accepted: { keyType: string; fingerprint: string }[] = []) =>
  evaluateKey(key, knownKeysOf(parseKnownHosts(file), accepted, host, port))

describe('known_hosts', () => {
  it('knows a host by name, by any of several names, and by pattern', () => {
    const file = line('a.example,10.0.0.5', first) + line('*.berlin.example', second) + line('cam?.example', rsa)
    expect(evaluate(file, first, 'A.example').kind).toBe('known')
    expect(evaluate(file, first, '10.0.0.5').kind).toBe('known')
    expect(evaluate(file, second, 'x.y.berlin.example').kind).toBe('known')
    expect(evaluate(file, second, 'berlin.example').kind).toBe('unknown')
    expect(evaluate(file, rsa, 'cam1.example').kind).toBe('known')
    expect(evaluate(file, rsa, 'cam12.example').kind).toBe('unknown')
  })

  it('lets a negated pattern rule a line out', () => {
    const file = line('*.example,!bad.example', first)
    expect(evaluate(file, first, 'good.example').kind).toBe('known')
    expect(evaluate(file, first, 'bad.example').kind).toBe('unknown')
  })

  it('keeps ports apart; a line without port may vouch for a key elsewhere, never against one', () => {
    const file = line('[a.example]:2222', first) + line('a.example', second)
    expect(evaluate(file, first, 'a.example', 2222).kind).toBe('known')
    expect(evaluate(file, second, 'a.example', 22).kind).toBe('known')
    expect(evaluate(file, first, 'a.example', 22)).toEqual({ kind: 'changed', knownFingerprint: fingerprintOf(second) })
    const bare = line('a.example', second)
    expect(evaluate(bare, second, 'a.example', 2200).kind).toBe('known')
    expect(evaluate(bare, first, 'a.example', 2200).kind).toBe('unknown')
    expect(evaluate(line('[fe80::1]:22000', first), first, 'fe80::1', 22000).kind).toBe('known')
  })

  it('takes any of several keys of a host, and asks for their types first', () => {
    const file = line('a.example', rsa) + line('a.example', first) + line('a.example', second)
    for (const key of [rsa, first, second]) expect(evaluate(file, key, 'a.example').kind).toBe('known')
    const algorithms = hostKeyAlgorithmsFor(knownKeysOf(parseKnownHosts(line('a.example', rsa)), [], 'a.example', 22))
    expect(algorithms.slice(0, 3)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'])
    const nothing = hostKeyAlgorithmsFor(knownKeysOf([], [], 'a.example', 22))
    expect([nothing[0], nothing.at(-1)]).toEqual(['ssh-ed25519', 'ssh-rsa'])
  })

  it('takes another key for a changed one, of the same type or not, and names the known one', () => {
    expect(evaluate(line('a.example', first), second, 'a.example')).toEqual({ kind: 'changed', knownFingerprint: fingerprintOf(first) })
    expect(evaluate(line('a.example', first), rsa, 'a.example')).toEqual({ kind: 'changed', knownFingerprint: fingerprintOf(first) })
    expect(evaluate(line('a.example', rsa) + line('a.example', first), second, 'a.example')).toEqual({
      kind: 'changed',
      knownFingerprint: fingerprintOf(first),
    })
  })

  it('takes accepted keys beside or instead of the file', () => {
    const accepted = [{ keyType: 'ssh-ed25519', fingerprint: fingerprintOf(second) }]
    expect(evaluate('', second, 'a.example', 22, accepted).kind).toBe('known')
    expect(evaluate(line('a.example', first), second, 'a.example', 22, accepted).kind).toBe('known')
    expect(evaluate('', first, 'a.example', 22, accepted)).toEqual({ kind: 'changed', knownFingerprint: fingerprintOf(second) })
    expect(hostKeyAlgorithmsFor(knownKeysOf([], [{ keyType: 'ssh-rsa', fingerprint: 'SHA256:x' }], 'a', 22))[0]).toBe('rsa-sha2-512')
  })

  it('never takes a revoked key, whatever else knows it', () => {
    const accepted = [{ keyType: 'ssh-ed25519', fingerprint: fingerprintOf(first) }]
    const file = line('a.example', first) + line('*', first, '@revoked')
    expect(evaluate(file, first, 'a.example', 22, accepted).kind).toBe('revoked')
    expect(evaluate(line('*', first, '@revoked'), second, 'a.example').kind).toBe('unknown')
  })

  it('does not take a certificate authority for a host', () => {
    expect(evaluate(line('*.example', first, '@cert-authority'), first, 'a.example')).toEqual({ kind: 'unknown' })
  })

  it('skips what it cannot understand', () => {
    const file = `# comment\n\nonly two\na.example ssh-ed25519 not-a-key\na.example ssh-rsa ${first.toString('base64')}\n@new a.example ssh-rsa AAAA\n${line('a.example', first)}`
    expect(parseKnownHosts(file)).toHaveLength(1)
    expect(evaluate(file, first, 'a.example').kind).toBe('known')
  })

  it('is not held up by a file full of stars', () => {
    expect(evaluate(line(`${'*a'.repeat(500)}b`, first), first, 'a'.repeat(250)).kind).toBe('unknown')
  })

  it.skipIf(!hasSshd)('reads the hashed names of ssh-keygen, and prints its fingerprints', () => {
    using folder = createKeyFolder()
    const pair = createKeyPair(folder.path, 'host')
    const file = join(folder.path, 'known_hosts')
    writeFileSync(file, `a.example ${pair.publicLine}\n[b.example]:2222 ${pair.publicLine}\n`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
    const hashed = readFileSync(file, 'utf8')
    expect(hashed).not.toContain('example')
    const key = parseKnownHosts(hashed)[0]?.key ?? Buffer.alloc(0)
    expect(fingerprintOf(key)).toBe(pair.fingerprint)
    expect(evaluate(hashed, key, 'A.example').kind).toBe('known')
    expect(evaluate(hashed, key, 'b.example', 2222).kind).toBe('known')
    expect(evaluate(hashed, second, 'b.example', 2222).kind).toBe('changed')
    expect(evaluate(hashed, key, 'c.example').kind).toBe('unknown')
  })
})
