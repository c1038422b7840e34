import BetterSqlite3 from 'better-sqlite3'
import { beforeEach, expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { accountInputSchema } from '../../shared/accounts.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { openPeople, type People } from './accounts.ts'
import { type Device, make, newDevice, origin, use } from './device.fixture.ts'
import { passkeyOrigin } from './passkeys.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent }
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

test('a passkey has a name; a browser is told which devices have one, and how it reaches them', async () => {
  const device = newDevice()
  const answer = make(device, await begin())
  const made = await people.passkeys.add(anna, 'key', origin, { ...answer, response: { ...answer.response, transports: ['internal', 'hybrid'] } })
  const id = made.ok ? made.value.id : ''
  expect(people.passkeys.list(anna)).toMatchObject([{ id, name: 'key' }])
  expect((await people.passkeys.start({ ...who, id: anna }, origin)).excludeCredentials).toMatchObject([{ id, transports: ['internal', 'hybrid'] }])
})

test('passkeys are for https by a name, and for localhost', () => {
  for (const one of [origin, 'http://localhost:8787', 'https://noc.example.org:8443']) expect(passkeyOrigin(one)).toBe(one)
  for (const one of [undefined, 'null', 'http://noc.example.org', 'https://10.0.0.1', 'http://127.0.0.1:8787', 'https://[::1]', 'app://mtxdeck'])
    expect(passkeyOrigin(one)).toBeNull()
})
