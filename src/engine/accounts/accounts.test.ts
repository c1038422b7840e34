import BetterSqlite3 from 'better-sqlite3'
import { Secret, TOTP } from 'otpauth'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { type AccountInput, accountInputSchema, namedTokenInputSchema } from '../../shared/accounts.ts'
import { createSecretBox } from '../servers/secretBox.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { openPeople, type People } from './accounts.ts'
import { Audit, brokenAuditRow } from './audit.ts'
import { Guesses, PasswordHashing } from './credentials.ts'
import { sessionIdleMs, sessionLifeMs } from './signIns.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent }
const box = createSecretBox(Buffer.alloc(32, 7))
const password = 'correct horse battery'

let clock: TestClock
let db: BetterSqlite3.Database
let people: People
const open = (): People => openPeople({ clock, log: silent, db, box })
beforeEach(() => {
  clock = createTestClock(Date.UTC(2026, 10, 28, 8))
  db = new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  people = open()
})

const entered = (name: string, more: Partial<AccountInput> = {}): AccountInput => accountInputSchema.parse({ name, role: 'user', ...more })
async function add(name: string, more: Partial<AccountInput> = {}): Promise<string> {
  const added = await people.accounts.add(entered(name, more), password)
  if (!added.ok) throw new Error(added.error)
  return added.value.id
}
const check = (name: string, given = password, code = '', from = '192.0.2.1') => people.accounts.check({ name, password: given, code, lane: '', from })

describe('accounts', () => {
  test('the first is an administrator, and the last one who can sign in stays one', async () => {
    expect(await people.accounts.add(entered('anna'), password)).toEqual({ ok: false, error: 'FIRST' })
    expect(await people.accounts.add(entered('anna', { role: 'administrator', disabled: true }), password)).toEqual({ ok: false, error: 'FIRST' })
    const anna = await add('anna', { role: 'administrator' })
    const bert = await add('bert', { role: 'administrator', disabled: true })
    for (const change of [{ role: 'moderator' as const }, { role: 'administrator' as const, disabled: true }])
      expect(people.accounts.update(anna, entered('anna', change))).toEqual({ ok: false, error: 'LAST_ADMINISTRATOR' })
    expect(people.accounts.remove(anna)).toEqual({ ok: false, error: 'LAST_ADMINISTRATOR' })
    people.accounts.update(bert, entered('bert', { role: 'administrator' }))
    expect(people.accounts.remove(anna).ok).toBe(true)
    expect(people.accounts.remove(bert)).toEqual({ ok: false, error: 'LAST_ADMINISTRATOR' })
  })

  test('two names that differ by case, or in how they are composed, are one', async () => {
    await add('Zoë', { role: 'administrator' })
    expect(await people.accounts.add(entered('zoe\u0308'), password)).toEqual({ ok: false, error: 'NAME_TAKEN' })
    expect(await check('ZOË')).toMatchObject({ is: 'right' })
    const [first, second] = await Promise.all([people.accounts.add(entered('bert'), password), people.accounts.add(entered('BERT'), password)])
    expect([first.ok, second.ok].sort()).toEqual([false, true])
  })

  test('what does not fit together is refused: a limited administrator, administering without the role, a limit beside the console', () => {
    const refused = [
      { role: 'administrator', console: 'view' },
      { role: 'administrator', limit: { projects: ['a'] } },
      { role: 'moderator', console: 'administer' },
      { role: 'user', console: 'view', limit: { tags: ['a'] } },
    ]
    for (const rights of refused) {
      expect(accountInputSchema.safeParse({ name: 'x', ...rights }).success, JSON.stringify(rights)).toBe(false)
      expect(namedTokenInputSchema.safeParse({ name: 'x', ...rights }).success, JSON.stringify(rights)).toBe(false)
    }
  })

  test('the console access of a role is the usual one unless set; who is limited has none', async () => {
    const anna = await add('anna', { role: 'administrator' })
    const bert = await add('bert', { role: 'moderator' })
    const cleo = await add('cleo', { console: 'view', groups: ['gate'] })
    const dora = await add('dora', { role: 'moderator', limit: { projects: ['north'], tags: [] } })
    expect([anna, bert, cleo, dora].map((id) => people.accounts.operatorOf(id)?.permission)).toEqual(['administer', 'operate', 'view', null])
    expect(people.accounts.operatorOf(cleo)).toMatchObject({ name: 'cleo', role: 'user', owns: { accountId: cleo, groups: ['gate'] } })
    expect(people.accounts.groups()).toEqual(['gate'])
  })

  test('everything outlives a restart, and a password is kept as an Argon2id hash', async () => {
    const anna = await add('anna', { role: 'administrator', fullName: 'Anna A.' })
    people = open()
    expect(people.accounts.get(anna)).toMatchObject({ fullName: 'Anna A.', console: 'administer', hasTotp: false, revision: 1 })
    expect(await check('anna')).toEqual({ is: 'right', id: anna })
    const stored = JSON.stringify(db.prepare('SELECT * FROM accounts').all())
    expect(stored).toContain('$argon2id$v=19$')
    expect(stored).not.toContain(password)
  })

  test('wrong passwords, unknown names and disabled accounts are answered alike', async () => {
    await add('anna', { role: 'administrator' })
    await add('bert', { disabled: true })
    for (const [name, given] of [
      ['anna', 'wrong password'],
      ['nobody', password],
      ['bert', password],
      ['anna', ''],
      ['anna', 'x'.repeat(100_000)],
    ] as const)
      expect(await check(name, given)).toEqual({ is: 'wrong' })
  })

  test('of two that change the same account the second is told so', async () => {
    const anna = await add('anna', { role: 'administrator' })
    expect(people.accounts.update(anna, entered('anna', { role: 'administrator', fullName: 'A' }), 1).ok).toBe(true)
    expect(people.accounts.update(anna, entered('anna', { role: 'administrator' }), 1)).toEqual({ ok: false, error: 'CONFLICT' })
  })

  test('signing in works while main.db takes nothing', async () => {
    const anna = await add('anna', { role: 'administrator' })
    db.pragma('query_only = ON')
    expect(await check('anna')).toEqual({ is: 'right', id: anna })
    const secret = people.signIns.open({ kind: 'account', id: anna }, '192.0.2.1', 'Firefox')
    expect(people.signIns.find(secret)?.subject).toEqual({ kind: 'account', id: anna })
    people.audit.record({ by: 'anna', byId: anna, from: null, action: 'signIn', what: 'account', of: {} })
    db.pragma('query_only = OFF')
    // Stored at the next use.
    people.signIns.find(secret)
    expect(open().signIns.find(secret)).not.toBeNull()
  })
})

describe('one-time codes', () => {
  const codeOf = (secret: string, at = clock.now()) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at })
  async function withTotp() {
    const id = await add('anna', { role: 'administrator' })
    const started = people.accounts.startTotp(id)
    if (!started.ok) throw new Error(started.error)
    const { secret, uri } = started.value
    expect(uri).toMatch(/^otpauth:\/\/totp\/mtxdeck:anna\?/)
    // Not on before its first code.
    expect(await check('anna')).toMatchObject({ is: 'right' })
    expect(people.accounts.confirmTotp(id, '000000')).toEqual({ ok: false, error: 'WRONG_CODE' })
    const confirmed = people.accounts.confirmTotp(id, codeOf(secret))
    if (!confirmed.ok) throw new Error(confirmed.error)
    return { id, secret, recovery: confirmed.value }
  }

  test('are asked for after the right password alone, are taken once each, and one step around the time', async () => {
    const { secret } = await withTotp()
    expect(await check('anna', 'wrong password', codeOf(secret))).toEqual({ is: 'wrong' })
    expect(await check('anna')).toEqual({ is: 'codeNeeded' })
    // That which confirmed them.
    expect(await check('anna', password, codeOf(secret))).toEqual({ is: 'wrong' })
    await clock.advance(60_000)
    const late = codeOf(secret, clock.now() - 30_000)
    expect(await check('anna', password, late)).toMatchObject({ is: 'right' })
    expect(await check('anna', password, late)).toEqual({ is: 'wrong' })
    expect(await check('anna', password, codeOf(secret, clock.now() + 30_000))).toMatchObject({ is: 'right' })
    expect(await check('anna', password, codeOf(secret))).toEqual({ is: 'wrong' })
    await clock.advance(300_000)
    expect(await check('anna', password, codeOf(secret, clock.now() - 120_000))).toEqual({ is: 'wrong' })
    people = open()
    expect(await check('anna', password, codeOf(secret))).toMatchObject({ is: 'right' })
  })

  test('recovery codes are taken once each, however they are typed, and none of it is stored readable', async () => {
    const { id, secret, recovery } = await withTotp()
    expect(new Set(recovery).size).toBe(10)
    const [first = '', second = ''] = recovery
    expect(await check('anna', password, first)).toMatchObject({ is: 'right' })
    expect(await check('anna', password, first)).toEqual({ is: 'wrong' })
    expect(await check('anna', password, ` ${second.toUpperCase().replaceAll('-', ' ')}`)).toMatchObject({ is: 'right' })
    expect(people.accounts.recoveryCodesLeft(id)).toBe(8)
    const stored = JSON.stringify(db.prepare('SELECT * FROM accounts').all(), (_, value: unknown) =>
      Buffer.isBuffer(value) ? value.toString('latin1') : value,
    )
    for (const secretText of [secret, ...recovery]) expect(stored).not.toContain(secretText)
  })

  test('after five wrong ones none is looked at for a while, wherever they come from, but a recovery code always is', async () => {
    const { secret, recovery } = await withTotp()
    await clock.advance(60_000)
    const wrong = codeOf(secret, 0)
    for (let i = 0; i < 5; i++) expect(await check('anna', password, wrong, `198.51.100.${i}`)).toEqual({ is: 'wrong' })
    expect(await check('anna', password, codeOf(secret))).toEqual({ is: 'mustWait' })
    expect(await check('anna', 'wrong password', codeOf(secret))).toEqual({ is: 'wrong' })
    await clock.advance(30_000)
    expect(await check('anna', password, wrong)).toEqual({ is: 'wrong' })
    await clock.advance(30_000)
    expect(await check('anna', password, codeOf(secret))).toEqual({ is: 'mustWait' })
    expect(await check('anna', password, recovery[0])).toMatchObject({ is: 'right' })
    expect(await check('anna', password, codeOf(secret))).toMatchObject({ is: 'right' })
  })

  test('a day of guessing gets about a hundred tries, and the wait is never longer than a quarter of an hour', async () => {
    const guesses = new Guesses(clock)
    const began = clock.now()
    let [tries, waiting] = [0, 0]
    while (clock.now() - began < 86_400_000) {
      if (guesses.mustWait('a')) waiting += 10_000
      else {
        waiting = 0
        tries++
        guesses.tried('a', false)
      }
      expect(waiting).toBeLessThanOrEqual(15 * 60_000)
      await clock.advance(10_000)
    }
    expect(tries).toBeLessThan(110)
  })

  test('a stranger who has the password does not keep the right person out where he is signed in already', async () => {
    const { id, secret } = await withTotp()
    people.signIns.open({ kind: 'account', id }, '192.0.2.7', 'Firefox')
    await clock.advance(60_000)
    for (let i = 0; i < 5; i++) await check('anna', password, codeOf(secret, 0), '198.51.100.1')
    expect(await check('anna', password, codeOf(secret))).toEqual({ is: 'mustWait' })
    expect(await check('anna', password, codeOf(secret), '192.0.2.7')).toMatchObject({ is: 'right' })
  })

  test('whoever sits before an open session tries the password five times, also all at once', async () => {
    const anna = await add('anna', { role: 'administrator' })
    const tries = await Promise.all(Array.from({ length: 30 }, () => people.accounts.isPassword(anna, 'wrong password')))
    expect(tries.filter((each) => each === false)).toHaveLength(5)
    expect(await people.accounts.isPassword(anna, password)).toBe('MUST_WAIT')
    await clock.advance(30_000)
    expect(await people.accounts.isPassword(anna, password)).toBe(true)
  })
})

describe('passwords are hashed two at once', () => {
  test('beyond 256 that wait, the oldest of the longest lane gives way, and another lane has its turn', async () => {
    const hashing = new PasswordHashing()
    const known = (await hashing.hash(password)) ?? ''
    const flood = Array.from({ length: 300 }, () => hashing.isRight(null, 'x', 'attacker'))
    let done = 0
    for (const each of flood) void each.then((answer) => answer !== null && done++)
    expect(await hashing.isRight(known, password, 'anna')).toBe(true)
    expect(done).toBeLessThan(20)
    const answers = await Promise.all(flood)
    expect(answers.filter((answer) => answer === null).length).toBeGreaterThan(40)
    expect(answers.filter((answer) => answer === false).length).toBeGreaterThan(200)
  })
})

describe('sessions', () => {
  const subject = { kind: 'account', id: 'a' } as const
  test('live while they are used, and not for ever; what is open closes with them', async () => {
    const closed: string[] = []
    const secret = people.signIns.open(subject, '192.0.2.1', 'Firefox')
    people.signIns.connected(subject, people.signIns.find(secret)?.id ?? null, (why) => closed.push(why))
    for (let used = 0; used + sessionIdleMs < sessionLifeMs; used += sessionIdleMs) {
      expect(people.signIns.find(secret)).not.toBeNull()
      await clock.advance(sessionIdleMs)
    }
    await clock.advance(sessionIdleMs)
    expect(people.signIns.find(secret)).toBeNull()
    expect(closed).toEqual(['ended'])
    const idle = people.signIns.open(subject, '', '')
    await clock.advance(sessionIdleMs + 1)
    expect(people.signIns.list()).toEqual([])
    expect(people.signIns.find(idle)).toBeNull()
  })

  test('end by themselves, with what runs by them and nobody looks at; so do tokens', async () => {
    const ended: string[] = []
    const id = await add('anna', { role: 'administrator' })
    const sessionOf = (secret: string) => people.signIns.find(secret)?.id ?? ''
    const [short, long] = [0, 1].map(() => sessionOf(people.signIns.open({ kind: 'account', id }, '', '')))
    const token = people.tokens.add(namedTokenInputSchema.parse({ name: 'script', role: 'user', console: 'view', expiresAt: clock.now() + 90_000 }), 'anna')
    if (!token.ok) throw new Error(token.error)
    const begin = (name: string, caller: { readonly id: string; readonly session?: string | undefined }) =>
      people.running({ name, ...caller }, (now) => ended.push(`${name} ${now === null ? 'ended' : now.permission}`))
    begin('short', { id, session: short })
    const leave = begin('long', { id, session: long })
    begin('token', { id: `token:${token.value.token.id}` })
    begin('too late', { id, session: 'none' })
    expect(ended.splice(0)).toEqual(['too late ended'])
    await clock.advance(90_000)
    expect(ended.splice(0)).toEqual(['token ended'])
    people.accounts.update(id, entered('anna', { role: 'administrator', fullName: 'Anna' }))
    expect(ended.splice(0)).toEqual(['short administer', 'long administer'])
    await clock.advance(sessionIdleMs - 3_600_000)
    people.signIns.use(long ?? '')
    await clock.advance(3_600_001)
    expect(ended.splice(0)).toEqual(['short ended'])
    leave()
    people.signIns.end(long ?? '')
    expect(ended).toEqual([])
  })

  test('outlive a restart with where they were used, and stay ended over one; their secrets are not stored', async () => {
    const [kept, ended] = [people.signIns.open(subject, '192.0.2.1', 'Firefox'), people.signIns.open(subject, '192.0.2.2', 'Chrome')]
    people.signIns.end(people.signIns.find(ended)?.id ?? '')
    people = open()
    expect(people.signIns.find(ended)).toBeNull()
    expect(people.signIns.find(kept, '192.0.2.9')).not.toBeNull()
    expect(people.signIns.list()).toMatchObject([{ subject, browser: 'Firefox', address: '192.0.2.9' }])
    expect(JSON.stringify(db.prepare('SELECT * FROM sign_ins').all())).not.toContain(kept)
    for (const madeUp of ['', kept.slice(0, -1), `${kept} `, 'x'.repeat(5000)]) expect(people.signIns.find(madeUp)).toBeNull()
  })

  test('a new password ends all of an account but the one that set it; disabling and removing end all', async () => {
    await add('anna', { role: 'administrator' })
    const bert = await add('bert')
    const sessions = () => people.signIns.list({ kind: 'account', id: bert }).length
    const openTwo = () => [0, 1].map(() => people.signIns.open({ kind: 'account', id: bert }, '', ''))
    const [first = ''] = openTwo()
    const keptSession = people.signIns.find(first)?.id ?? ''
    await people.accounts.setPassword(bert, 'another long password', { keptSession })
    expect(people.signIns.list({ kind: 'account', id: bert }).map(({ id }) => id)).toEqual([keptSession])
    openTwo()
    people.accounts.update(bert, entered('bert', { disabled: true }))
    expect(sessions()).toBe(0)
    openTwo()
    people.accounts.remove(bert)
    expect(sessions()).toBe(0)
  })

  test('are at most fifty of one account, however often somebody signs in, and those of others stay', () => {
    const other = people.signIns.open({ kind: 'account', id: 'b' }, '', '')
    const [first, last] = [people.signIns.open(subject, '', ''), Array.from({ length: 1_100 }, () => people.signIns.open(subject, '', '')).at(-1) ?? '']
    expect(people.signIns.list(subject)).toHaveLength(50)
    expect([first, last, other].map((secret) => people.signIns.find(secret) !== null)).toEqual([false, true, true])
  })

  test('stay ended over a restart, also if the disk took nothing when they did', async () => {
    const [kept, ended] = [people.signIns.open(subject, '', ''), people.signIns.open(subject, '', '')]
    db.pragma('query_only = ON')
    people.signIns.end(people.signIns.find(ended)?.id ?? '')
    db.pragma('query_only = OFF')
    await clock.advance(11 * 60_000)
    people.signIns.find(kept)
    people = open()
    expect([people.signIns.find(kept) !== null, people.signIns.find(ended)]).toEqual([true, null])
  })

  test('are at most a thousand: the one unused for longest gives way', () => {
    const first = people.signIns.open(subject, '', '')
    const second = people.signIns.open(subject, '', '')
    people.signIns.find(first)
    for (let i = 0; i < 999; i++) people.signIns.open({ kind: 'account', id: String(i % 100) }, '', '')
    expect([people.signIns.find(first) !== null, people.signIns.find(second)]).toEqual([true, null])
  })
})

describe('named tokens', () => {
  const input = namedTokenInputSchema.parse({ name: 'grafana', role: 'user', console: 'view' })
  const made = () => {
    const added = people.tokens.add(input, 'anna')
    if (!added.ok) throw new Error(added.error)
    return added.value
  }
  test('are shown once, kept as hashes, replaced at once and outlive a restart', async () => {
    const { token, secret } = made()
    expect(secret).toMatch(/^mtx_[\w-]{43}$/)
    expect(people.tokens.add(input, 'anna')).toEqual({ ok: false, error: 'NAME_TAKEN' })
    people = open()
    expect(people.tokens.idOf(secret)).toBe(token.id)
    expect(people.tokens.operatorOf(token.id)).toMatchObject({ name: 'grafana', role: 'user', permission: 'view', owns: { accountId: null } })
    const closed: string[] = []
    people.signIns.connected({ kind: 'token', id: token.id }, null, (why) => closed.push(why))
    const rotated = people.tokens.rotate(token.id)
    expect(closed).toEqual(['ended'])
    expect(people.tokens.idOf(secret)).toBeNull()
    expect(rotated.ok && people.tokens.idOf(rotated.value.secret)).toBe(token.id)
    const id = `token:${token.id}`
    const now = clock.now()
    expect([people.operatorOf(id, now - 1), people.operatorOf(id, now)?.id], 'what was handed out with the old one').toEqual([null, id])
    const ended: unknown[] = []
    people.running({ id, name: '' }, (who) => ended.push(who), now + 1_000)
    await clock.advance(1_000)
    expect(ended).toEqual([null])
    expect(JSON.stringify(db.prepare('SELECT * FROM named_tokens').all())).not.toContain(secret)
  })

  test('end by their time, and when they are removed', async () => {
    const ending = people.tokens.add({ ...input, expiresAt: clock.now() + 1_000 }, 'anna')
    if (!ending.ok) throw new Error(ending.error)
    const { token, secret } = ending.value
    expect(people.tokens.idOf(secret)).toBe(token.id)
    await clock.advance(1_000)
    expect([people.tokens.idOf(secret), people.tokens.operatorOf(token.id)]).toEqual([null, null])
    people.tokens.remove(token.id)
    const other = made()
    people.tokens.remove(other.token.id)
    expect(people.tokens.idOf(other.secret)).toBeNull()
  })
})

describe('audit', () => {
  const entry = { by: 'anna', byId: 'a', from: '192.0.2.1', action: 'call', what: 'walls.add', of: { name: 'Studio' } } as const
  const all = { limit: 1_000 }

  test('is a chain: a row that is changed, removed, inserted or moved is the first that does not fit', () => {
    for (let i = 0; i < 20; i++) people.audit.record({ ...entry, of: { id: String(i) } })
    expect(brokenAuditRow(db)).toBeNull()
    const broken = (sql: string) => {
      const copy = new BetterSqlite3(db.serialize())
      copy.exec(sql)
      return brokenAuditRow(copy)
    }
    expect(broken("UPDATE audit SET by = 'bert' WHERE id = 7")).toBe(7)
    expect(broken("UPDATE audit SET ids = '{}' WHERE id = 20")).toBe(20)
    expect(broken('DELETE FROM audit WHERE id = 7')).toBe(8)
    expect(broken('DELETE FROM audit WHERE id < 7')).toBe(7)
    expect(broken('UPDATE audit SET at = at + 1 WHERE id = 1')).toBe(1)
    // What no chain shows: that the newest rows are gone.
    expect(broken('DELETE FROM audit WHERE id > 15')).toBeNull()
  })

  test('once the disk takes rows again it says how many are missing, and of a long query it keeps what fits', () => {
    people.audit.record(entry)
    db.pragma('query_only = ON')
    for (let i = 0; i < 3; i++) people.audit.record(entry)
    db.pragma('query_only = OFF')
    people.audit.record({ ...entry, of: { short: 'x', long: 'y'.repeat(16_000) } })
    const { entries } = people.audit.list(all)
    expect(entries.map(({ action, count, of }) => [action, count, of])).toEqual([
      ['call', 1, { short: 'x' }],
      ['lost', 3, {}],
      ['call', 1, entry.of],
    ])
    expect(brokenAuditRow(db)).toBeNull()
  })

  test('goes on over a restart, the newest first, and finds by person, action, text and time', async () => {
    people.audit.record(entry)
    people = open()
    await clock.advance(1_000)
    people.audit.record({ ...entry, by: 'Bert_1', action: 'download', what: '/api/history', of: { server: '100%' } })
    expect(brokenAuditRow(db)).toBeNull()
    const ids = (filter: object) => people.audit.list({ ...all, ...filter }).entries.map(({ id }) => id)
    expect(ids({})).toEqual([2, 1])
    expect([ids({ by: 'ANN' }), ids({ by: 't_1' }), ids({ by: '%' })]).toEqual([[1], [2], []])
    expect([ids({ action: 'download' }), ids({ text: 'studio' }), ids({ text: '100%' }), ids({ text: '192.0' })]).toEqual([[2], [1], [2], [2, 1]])
    expect([ids({ from: clock.now() }), ids({ to: clock.now() })]).toEqual([[2], [1]])
    expect(people.audit.list({ limit: 1 })).toMatchObject({ entries: [{ id: 2 }], more: true, keptSince: clock.now() - 1_000 })
    expect(ids({ before: 2 })).toEqual([1])
  })

  test('of failed sign-ins some twenty an hour get a row each, however they are spread, and none of them is lost in the count', async () => {
    const failed = { ...entry, action: 'signInFailed', of: {} } as const
    for (let hour = 0; hour < 24; hour++)
      for (let second = 0; second < 3_600; second += 5) {
        people.audit.failed(failed)
        await clock.advance(5_000)
      }
    people[Symbol.dispose]()
    const { entries } = people.audit.list(all)
    expect(entries.length).toBeLessThan(24 * 25)
    expect(entries.reduce((sum, { count }) => sum + count, 0)).toBe(24 * 720)
    // After two quiet hours each has its row at once again, and what is summed is written after a minute.
    await clock.advance(2 * 3_600_000)
    const before = people.audit.list(all).entries.length
    for (let i = 0; i < 12; i++) people.audit.failed(failed)
    expect(people.audit.list(all).entries.length).toBe(before + 10)
    await clock.advance(60_000)
    expect(people.audit.list(all).entries[0]?.count).toBe(2)
  })

  test('a flood of failed sign-ins takes eleven rows, and none of them is lost in the count', async () => {
    const failed = { ...entry, action: 'signInFailed', of: {} } as const
    for (let i = 0; i < 5_000; i++) people.audit.failed(failed)
    expect(people.audit.list(all).entries).toHaveLength(10)
    await clock.advance(60_000)
    const { entries } = people.audit.list(all)
    expect(entries).toHaveLength(11)
    expect(entries.reduce((sum, { count }) => sum + count, 0)).toBe(5_000)
    for (let i = 0; i < 20; i++) people.audit.failed(failed)
    people[Symbol.dispose]()
    expect(people.audit.list(all).entries.reduce((sum, { count }) => sum + count, 0)).toBe(5_020)
  })

  test('the log says how many of a flood were refused beyond those it lists, and from where the last one came', async () => {
    const warn = vi.fn()
    const audit = new Audit({ clock, log: { ...silent, warn }, db })
    for (let i = 0; i < 50; i++) audit.failed({ ...entry, action: 'signInFailed', from: `192.0.2.${i}`, of: {} })
    expect(warn).toHaveBeenCalledTimes(10)
    await clock.advance(60_000)
    expect(warn).toHaveBeenCalledTimes(11)
    expect(warn).toHaveBeenLastCalledWith(expect.objectContaining({ more: 40, address: '192.0.2.49' }), expect.stringContaining('refused'))
  })

  test('keeps so many rows; where the chain begins since is recorded in it', () => {
    const audit = new Audit({ clock, log: silent, db, rows: 2_000 })
    db.transaction(() => {
      for (let i = 0; i < 3_100; i++) audit.record(entry)
    })()
    const { count, first } = db.prepare('SELECT count(*) AS count, min(id) AS first FROM audit').get() as { count: number; first: number }
    expect(count).toBeLessThanOrEqual(3_000)
    expect(first).toBeGreaterThan(900)
    expect(brokenAuditRow(db)).toBeNull()
    expect(audit.list({ ...all, action: 'pruned' }).entries).toMatchObject([{ by: 'console', of: { first: String(first) } }])
    db.exec(`DELETE FROM audit WHERE id = ${first}`)
    expect(brokenAuditRow(db)).toBe(first + 1)
  })
})
