import { describe, expect, it } from 'vitest'
import { someHost } from '../../shared/hosts.fixture.ts'
import { type Host, hostInputSchema } from '../../shared/hosts.ts'
import { readEntries, type Wrong } from '../app/editing/fields.ts'
import { hostFields } from './HostDialog.tsx'
import { confirms, emptyHostForm, type HostForm, hostFormOf, hostInputOf, nameFromTarget, testedPart } from './hostForm.ts'

const form = (change: Partial<HostForm>): HostForm => ({ ...emptyHostForm, name: 'berlin', ssh: 'noc@10.0.0.5', authKind: 'agent', ...change })
const withSecret = (kind: 'password' | 'key') => someHost({ ssh: 'noc@10.0.0.5', auth: { kind, hasSecret: true, keyFile: null } })
/** What the dialog makes of the entries; words are named by the last part of their id, and mistakes by their kind. */
function readHostForm(entered: HostForm, host: Host | null) {
  const read = readEntries(hostFields([]), hostInputSchema, hostInputOf(entered, host), entered, host)
  return read.ok ? read : { ok: false, error: Object.fromEntries(Object.entries(read.error).map(([field, wrong]) => [field, nameOf(wrong)])) }
}
const nameOf = (wrong: Wrong[string]) =>
  typeof wrong === 'object' && 'validationError' in wrong ? wrong.validationError.kind : String(wrong).replace('hosts.form.', '')
function wrongOf(change: Partial<HostForm>, host: Host | null = null) {
  const read = readHostForm(form(change), host)
  return 'error' in read ? read.error : null
}

describe('the form of a host', () => {
  it('names the media server’s process only where somebody did', () => {})
  it('reads what is complete', () => {
    const read = readHostForm(form({ jump: 'noc@bastion.example:22, noc@inner', intervalSeconds: '2,5', serverId: 's1' }), null)
    expect(read).toEqual({
      ok: true,
      value: {
        name: 'berlin',
        ssh: 'noc@10.0.0.5',
        auth: { kind: 'agent' },
        jump: ['noc@bastion.example:22', 'noc@inner'],
        knownHostsFile: null,
        serverId: 's1',
        intervalSeconds: 2.5,
        paused: false,
      },
    })
  })
  it.each<[Partial<HostForm>, object]>([
    [{ name: ' ' }, { name: 'empty' }],
    [{ ssh: '10.0.0.5' }, { ssh: 'notSuchAs' }],
    [{ ssh: 'ssh://noc@10.0.0.5' }, { ssh: 'notSuchAs' }],
    [{ jump: 'bastion' }, { jump: 'notSuchAs' }],
    [{ jump: 'a@1\na@2\na@3\na@4\na@5' }, { jump: 'tooManyAtOnce' }],
    [{ intervalSeconds: '0.1' }, { intervalSeconds: 'notWithin' }],
    [{ intervalSeconds: 'often' }, { intervalSeconds: 'notOfType' }],
    [{ authKind: 'password' }, { password: 'missing' }],
    [{ authKind: 'key' }, { key: 'missing' }],
    [{ authKind: 'key', key: 'ssh-ed25519 AAAAC3Nza noc@desk' }, { key: 'keyPublic' }],
    [{ authKind: 'key', keyFrom: 'file' }, { keyFile: 'missing' }],
  ])('says what is wrong with %j', (change, wrong) => {
    expect(wrongOf(change)).toEqual(wrong)
  })
  it('leaves a stored secret as it is where its field stays empty, and sends none', () => {
    const read = readHostForm(form({ authKind: 'password' }), withSecret('password'))
    expect('value' in read && read.value.auth).toEqual({ kind: 'password' })
    expect(wrongOf({ authKind: 'password' }, withSecret('key'))).toEqual({ password: 'missing' })
  })
  it('sends a pasted key with the line end that OpenSSH wants, and one way of it only', () => {
    const read = readHostForm(
      form({ authKind: 'key', key: ' -----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----', keyFile: '/left/over' }),
      null,
    )
    expect('value' in read && read.value.auth).toEqual({ kind: 'key', key: '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n' })
  })
  it('asks for no address and no sign-in of the engine’s own machine', () => {
    const read = readHostForm(form({ machine: 'here', ssh: 'left over', authKind: 'password' }), null)
    expect('value' in read && [read.value.ssh, read.value.auth]).toEqual([null, null])
  })
})

describe('the form of a stored host', () => {
  const stored = (auth: Host['auth']) =>
    someHost({ auth, jump: ['noc@bastion'], knownHostsFile: '/etc/mtxdeck/known_hosts', serverId: 's1', intervalSeconds: 2 })
  const inFile = stored({ kind: 'key', hasSecret: true, keyFile: '/etc/mtxdeck/id_ed25519' })

  it('shows its files, so that saving it untouched changes nothing', () => {
    const read = readHostForm(hostFormOf(inFile), inFile)
    expect(read).toMatchObject({
      ok: true,
      value: { auth: { kind: 'key', keyFile: '/etc/mtxdeck/id_ed25519' }, knownHostsFile: '/etc/mtxdeck/known_hosts', jump: ['noc@bastion'] },
    })
  })
  it('takes a file away where its field was emptied', () => {
    const read = readHostForm({ ...hostFormOf(inFile), knownHostsFile: ' ' }, inFile)
    expect(read).toMatchObject({ ok: true, value: { knownHostsFile: null } })
  })
  it('wants a key where only the passphrase of a file is stored', () => {
    const pasted: HostForm = { ...hostFormOf(inFile), keyFrom: 'text' }
    expect(readHostForm(pasted, inFile)).toEqual({ ok: false, error: { key: 'missing' } })
    const asText = stored({ kind: 'key', hasSecret: true, keyFile: null })
    expect(readHostForm(hostFormOf(asText), asText).ok).toBe(true)
  })
})

it('a test is outdated by what it tried, not by the name', () => {
  expect(testedPart(form({ name: 'other' }))).toBe(testedPart(form({})))
  expect(testedPart(form({ jump: 'a@b' }))).not.toBe(testedPart(form({})))
})

it('a name is proposed from the address, IPv6 too', () => {
  expect(['noc@10.0.0.5:22', 'noc@[2001:db8::5]:22', 'noc@berlin-1', 'noc', ''].map(nameFromTarget)).toEqual(['10.0.0.5', '2001:db8::5', 'berlin-1', '', ''])
})

it('a changed key is confirmed by the end of the new fingerprint, letter by letter', () => {
  const fingerprint = 'SHA256:uNiVztksCsDhcc0u9e8BrDYgLn7Mu3bCqfEYnS1aXyZ'
  expect(confirms('1aXyZ', fingerprint)).toBe(false)
  expect(confirms(' S1aXyZ ', fingerprint)).toBe(true)
  expect(confirms(fingerprint, fingerprint)).toBe(true)
  expect(confirms('s1axyz', fingerprint)).toBe(false)
  expect(confirms('', fingerprint)).toBe(false)
})
