import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import BetterSqlite3 from 'better-sqlite3'
import { beforeEach, expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { accountInputSchema, type PasskeyAnswer } from '../../shared/accounts.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { openPeople, type People } from './accounts.ts'
import { passkeyOrigin } from './passkeys.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent }
const origin = 'https://noc.example.org'
let clock: TestClock
let people: People
let anna: string
beforeEach(async () => {
  clock = createTestClock(Date.UTC(2026, 10, 28, 8))
  const db = new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  people = openPeople({ clock, log: silent, db, box: null })
  const added = await people.accounts.add(accountInputSchema.parse({ name: 'anna', role: 'administrator' }), null)
  anna = added.ok ? added.value.id : ''
})

const sha = (data: string | Buffer) => createHash('sha256').update(data).digest()
const head = (major: number, length: number) =>
  length < 24 ? Buffer.from([(major << 5) | length]) : Buffer.from([(major << 5) | 25, length >> 8, length & 255])
const text = (value: string) => Buffer.concat([head(3, value.length), Buffer.from(value)])
const bytes = (value: Buffer) => Buffer.concat([head(2, value.length), value])

interface Device {
  readonly id: Buffer
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  counter: number
}
const newDevice = (): Device => ({ id: randomBytes(16), counter: 0, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) })
const clientData = (type: string, challenge: string, from: string) => Buffer.from(JSON.stringify({ type, challenge, origin: from, crossOrigin: false }))
const authenticatorData = (host: string, flags: number, counter: number, more = Buffer.alloc(0)) => {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  return Buffer.concat([sha(host), Buffer.from([flags]), count, more])
}
interface Spoiled {
  readonly from?: string
  readonly host?: string
  readonly flags?: number
}
/** What a device answers that makes a passkey. */
function make(device: Device, challenge: string, { from = origin, host = 'noc.example.org', flags = 0x45 }: Spoiled = {}): PasskeyAnswer {
  const { x = '', y = '' } = device.publicKey.export({ format: 'jwk' })
  const key = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ])
  const data = authenticatorData(host, flags, device.counter, Buffer.concat([Buffer.alloc(16), Buffer.from([0, device.id.length]), device.id, key]))
  const attestation = Buffer.concat([head(5, 3), text('fmt'), text('none'), text('attStmt'), head(5, 0), text('authData'), bytes(data)])
  const id = device.id.toString('base64url')
  return {
    ...{ id, rawId: id, type: 'public-key' },
    response: { clientDataJSON: clientData('webauthn.create', challenge, from).toString('base64url'), attestationObject: attestation.toString('base64url') },
  }
}
/** What a device answers that signs in. */
function use(device: Device, challenge: string, user: string, { from = origin, host = 'noc.example.org', flags = 0x05 }: Spoiled = {}): PasskeyAnswer {
  const data = authenticatorData(host, flags, ++device.counter)
  const client = clientData('webauthn.get', challenge, from)
  const signature = sign('sha256', Buffer.concat([data, sha(client)]), device.privateKey)
  const id = device.id.toString('base64url')
  const userHandle = Buffer.from(user).toString('base64url')
  return {
    ...{ id, rawId: id, type: 'public-key' },
    response: {
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle,
    },
  }
}
const who = { id: '', name: 'anna', fullName: '' }
const begin = async () => (await people.passkeys.start({ ...who, id: anna }, origin)).challenge
const challenge = async () => (await people.passkeys.startSignIn(origin)).challenge
async function added(): Promise<Device> {
  const device = newDevice()
  const made = await people.passkeys.add(anna, 'key', origin, make(device, await begin()))
  expect(made.ok).toBe(true)
  return device
}

test('a passkey signs in without a name, counts once a challenge, and no more once it is removed', async () => {
  const device = await added()
  const answer = use(device, await challenge(), anna)
  expect(await people.passkeys.signIn(origin, answer)).toBe(anna)
  expect(await people.passkeys.signIn(origin, answer)).toBeNull()
  expect(people.passkeys.list(anna)).toMatchObject([{ name: 'key', lastUsedAt: clock.now() }])
  const late = await challenge()
  await clock.advance(6 * 60_000)
  expect(await people.passkeys.signIn(origin, use(device, late, anna))).toBeNull()
  expect(people.passkeys.remove('somebody else', device.id.toString('base64url'))).toBe(false)
  people.passkeys.removeAllOf(anna)
  expect(await people.passkeys.signIn(origin, use(device, await challenge(), anna))).toBeNull()
})

test('a device that did not check who holds it, another origin or host, a foreign challenge, and a copy are refused', async () => {
  const device = await added()
  const other = newDevice()
  for (const spoiled of [{ from: 'https://evil.example' }, { host: 'evil.example' }, { flags: 0x01 }])
    expect(await people.passkeys.signIn(origin, use(device, await challenge(), anna, spoiled))).toBeNull()
  for (const foreign of ['', Buffer.from('made up').toString('base64url'), await begin()])
    expect(await people.passkeys.signIn(origin, use(device, foreign, anna))).toBeNull()
  expect(await people.passkeys.signIn(origin, use(device, await challenge(), 'somebody else'))).toBeNull()
  // Signed by another device under the id of this one.
  expect(await people.passkeys.signIn(origin, use({ ...other, id: device.id, counter: 90 }, await challenge(), anna))).toBeNull()
  expect(await people.passkeys.signIn(origin, use(device, await challenge(), anna))).toBe(anna)
  expect(await people.passkeys.signIn(origin, use({ ...device, counter: 1 }, await challenge(), anna))).toBeNull()
})

test('a passkey is added by a challenge of its own account alone, once', async () => {
  const device = newDevice()
  const refused = { ok: false, error: 'NOT_RIGHT' }
  expect(await people.passkeys.add('somebody else', 'key', origin, make(device, await begin()))).toEqual(refused)
  expect(await people.passkeys.add(anna, 'key', origin, make(device, await challenge()))).toEqual(refused)
  expect(await people.passkeys.add(anna, 'key', origin, make(device, await begin(), { flags: 0x41 }))).toEqual(refused)
  const once = make(device, await begin())
  expect((await people.passkeys.add(anna, 'key', origin, once)).ok).toBe(true)
  expect(await people.passkeys.add(anna, 'key', origin, once)).toEqual(refused)
  expect(people.passkeys.list(anna)).toHaveLength(1)
})

test('passkeys are for https by a name, and for localhost', () => {
  for (const one of [origin, 'http://localhost:8787', 'https://noc.example.org:8443']) expect(passkeyOrigin(one)).toBe(one)
  for (const one of [undefined, 'null', 'http://noc.example.org', 'https://10.0.0.1', 'http://127.0.0.1:8787', 'https://[::1]', 'app://mtxdeck'])
    expect(passkeyOrigin(one)).toBeNull()
})
