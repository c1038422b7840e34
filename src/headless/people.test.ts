import { once } from 'node:events'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { Secret, TOTP } from 'otpauth'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type AccountInput, type AuditPage, accountInputSchema, type Me } from '../shared/accounts.ts'
import type { Contract } from '../shared/contract.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

const password = 'a long enough password'
let deck: TestConsole
beforeEach(async () => {
  deck = await startTestConsole()
})
afterEach(() => deck[Symbol.asyncDispose]())

const json = (body: object, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
async function add(name: string, more: Partial<AccountInput> = {}): Promise<string> {
  const answer = await deck.ask('/api/accounts', json({ account: accountInputSchema.parse({ name, role: 'administrator', ...more }), password }))
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { id: string }).id
}
const trySignIn = (body: object) => fetch(`${deck.url}/api/sign-in`, json(body))
async function signIn(name: string, given = password): Promise<{ Cookie: string }> {
  const answer = await trySignIn({ name, password: given })
  expect(answer.status).toBe(204)
  return { Cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
}
const kindOf = async (answer: Response) => [answer.status, ((await answer.json()) as { data: { kind: string } }).data.kind]
const ask = (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
  fetch(`${deck.url}${path}`, { ...init, headers: { ...headers, ...init.headers } })
const me = async (headers: Record<string, string>) => (await (await ask('/api/accounts/me', headers)).json()) as Me
const audit = async (query = '') => ((await (await deck.ask(`/api/accounts/audit?${query}`)).json()) as AuditPage).entries

async function socketOf(headers: Record<string, string>) {
  const websocket = new WebSocket(`${deck.url.replace('http', 'ws')}/api/rpc`, { headers })
  await once(websocket, 'open')
  const closed = new Promise<number>((resolve) => websocket.on('close', resolve))
  return { client: createORPCClient<ContractRouterClient<Contract>>(new RPCLink({ websocket: websocket as unknown as globalThis.WebSocket })), closed }
}

test('until there is an account the token does everything; afterwards it still does, as "token file"', async () => {
  expect(await me({ Authorization: `Bearer ${deck.token}` })).toMatchObject({ kind: 'tokenFile', name: 'operator', hasAccounts: false, console: 'administer' })
  expect(await kindOf(await trySignIn({ name: 'anna', password }))).toEqual([401, 'wrongSignIn'])
  const refused = await deck.ask('/api/accounts', json({ account: { name: 'anna', role: 'user' }, password }))
  expect(await kindOf(refused)).toEqual([409, 'firstAdministrator'])
  const short = await deck.ask('/api/accounts', json({ account: { name: 'anna', role: 'administrator' }, password: 'too short' }))
  expect(await short.text()).toContain('password: at least 10 characters')
  await add('anna')
  expect(await me({ Authorization: `Bearer ${deck.token}` })).toMatchObject({ kind: 'tokenFile', name: 'token file', hasAccounts: true })
  expect(await me(await signIn('ANNA'))).toMatchObject({
    kind: 'account',
    name: 'anna',
    role: 'administrator',
    sessions: [{ name: 'anna', address: '127.0.0.1' }],
  })
})

test('a form signs in with name and password too', async () => {
  await add('anna')
  const form = (fields: Record<string, string>) => fetch(`${deck.url}/api/sign-in`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
  const right = await form({ name: 'anna', password })
  expect([right.status, right.headers.get('location')]).toEqual([303, '/'])
  const wrong = await form({ name: 'anna', password: 'wrong' })
  expect([wrong.status, await wrong.text()]).toEqual([401, expect.stringContaining('is not right')])
})

test('wrong passwords and unknown names get the same answer, and the right password is accepted at once in between', async () => {
  await add('anna')
  const flood = Array.from({ length: 30 }, (_, i) => trySignIn({ name: i % 2 === 0 ? 'anna' : `nobody ${i}`, password: 'wrong password' }))
  await signIn('anna')
  const answers = await Promise.all(flood.map(async (each) => (await each).status))
  expect(new Set(answers)).toEqual(new Set([401, 429]))
  for (const name of ['anna', 'nobody']) expect(await kindOf(await trySignIn({ name, password: 'wrong' }))).toEqual([401, 'wrongSignIn'])
}, 60_000)

test('what is no sign-in at all is refused, however odd', async () => {
  await add('anna')
  for (const body of [
    {},
    { name: 'anna' },
    { name: { $ne: null }, password },
    { name: 'anna', password: ['a'] },
    { name: '__proto__', password },
    { token: '' },
    [],
  ])
    expect((await trySignIn(body)).status).toBe(401)
}, 60_000)

test('with one-time codes on, the password alone is not enough, nor is a used code', async () => {
  await add('anna')
  const headers = await signIn('anna')
  expect(await kindOf(await ask('/api/accounts/me/totp', headers, json({ password: 'wrong' })))).toEqual([403, 'wrongPassword'])
  const { secret } = (await (await ask('/api/accounts/me/totp', headers, json({ password }))).json()) as { secret: string }
  const code = () => new TOTP({ secret: Secret.fromBase32(secret) }).generate()
  const first = code()
  const { recoveryCodes } = (await (await ask('/api/accounts/me/totp/confirm', headers, json({ code: first }))).json()) as { recoveryCodes: string[] }
  expect(await kindOf(await trySignIn({ name: 'anna', password }))).toEqual([401, 'codeNeeded'])
  expect(await kindOf(await trySignIn({ name: 'anna', password, code: first }))).toEqual([401, 'wrongSignIn'])
  expect((await trySignIn({ name: 'anna', password, code: recoveryCodes[0] })).status).toBe(204)
  expect(await me(headers)).toMatchObject({ hasTotp: true, recoveryCodesLeft: 9 })
  expect((await ask('/api/accounts/me/totp/remove', headers, json({ password }))).status).toBe(204)
  expect((await trySignIn({ name: 'anna', password })).status).toBe(204)
  // Neither password nor secret nor codes are anywhere in log or audit.
  const written = deck.logged() + JSON.stringify(await audit('limit=1000'))
  for (const text of [password, secret, ...recoveryCodes]) expect(written).not.toContain(text)
})

test('what an account may do changes for what is open already: its WebSocket closes, and each request asks anew', async () => {
  await add('anna')
  const id = await add('bert', { role: 'moderator' })
  const headers = await signIn('bert')
  const update = (change: Partial<AccountInput>) =>
    deck.ask(`/api/accounts/${id}`, { ...json({ change: accountInputSchema.parse({ name: 'bert', role: 'moderator', ...change }) }), method: 'PUT' })
  const before = await socketOf(headers)
  expect(await before.client.servers.list()).toEqual([])
  await update({ console: 'none' })
  expect(await before.closed).toBe(1012)
  const after = await socketOf(headers)
  await expect(after.client.servers.list()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect((await ask('/api/streams', headers)).status).toBe(403)
  await update({ disabled: true })
  expect(await after.closed).toBe(4401)
  expect((await ask('/api/hello', headers)).status).toBe(401)
  await update({})
  expect((await ask('/api/hello', headers)).status).toBe(401)
  const again = await socketOf(await signIn('bert'))
  expect((await deck.ask(`/api/accounts/${id}`, { method: 'DELETE' })).status).toBe(204)
  expect(await again.closed).toBe(4401)
})

test('a new password ends all other sessions of the account; one may end his own, and an administrator any', async () => {
  await add('anna')
  await add('bert', { role: 'user' })
  const [one, other] = [await signIn('bert'), await signIn('bert')]
  const [anna] = (await me(await signIn('anna'))).sessions
  expect((await ask(`/api/accounts/sessions/${anna?.id}`, one, { method: 'DELETE' })).status).toBe(404)
  const change = (given: string) => ask('/api/accounts/me/password', one, { ...json({ password: given, newPassword: 'another long password' }), method: 'PUT' })
  expect(await kindOf(await change('wrong'))).toEqual([403, 'wrongPassword'])
  const failed = (await (await deck.ask('/api/accounts/audit?action=signInFailed')).json()) as { readonly entries: readonly object[] }
  expect(failed.entries, 'as a wrong sign-in').toMatchObject([{ by: 'bert', what: 'password', from: '127.0.0.1' }])
  expect((await change(password)).status).toBe(204)
  expect([(await ask('/api/hello', one)).status, (await ask('/api/hello', other)).status]).toEqual([200, 401])
  const sessions = (await (await deck.ask('/api/accounts/sessions')).json()) as { id: string; name: string }[]
  expect(sessions.map(({ name }) => name).sort()).toEqual(['anna', 'bert'])
  await deck.ask(`/api/accounts/sessions/${sessions.find(({ name }) => name === 'bert')?.id}`, { method: 'DELETE' })
  expect((await ask('/api/hello', one)).status).toBe(401)
  await signIn('bert', 'another long password')
})

test('a named token is replaced and removed without a restart, and what it opened closes', async () => {
  const added = (await (await deck.ask('/api/accounts/tokens', json({ name: 'wall', role: 'user', console: 'view' }))).json()) as {
    token: { id: string }
    secret: string
  }
  const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` })
  expect(await me(bearer(added.secret))).toMatchObject({ kind: 'token', name: 'wall', console: 'view' })
  const socket = await socketOf(bearer(added.secret))
  const rotated = (await (await deck.ask(`/api/accounts/tokens/${added.token.id}/rotate`, { method: 'POST' })).json()) as { secret: string }
  expect(await socket.closed).toBe(4401)
  expect([(await ask('/api/streams', bearer(rotated.secret))).status, (await ask('/api/streams', bearer(added.secret))).status]).toEqual([200, 401])
  await deck.ask(`/api/accounts/tokens/${added.token.id}`, { method: 'DELETE' })
  expect((await ask('/api/streams', bearer(rotated.secret))).status).toBe(401)
})

test('an administrator turns the token of the token file off: what it opened closes, and it admits nobody', async () => {
  await add('anna')
  const anna = await signIn('anna')
  const bearer = { Authorization: `Bearer ${deck.token}` }
  const put = (admits: boolean, headers: Record<string, string>) => ask('/api/accounts/token-file', headers, { ...json({ admits }, headers), method: 'PUT' })
  expect(await kindOf(await put(false, bearer))).toEqual([409, 'noOwnAccount'])
  const session = { Cookie: (await trySignIn({ token: deck.token })).headers.get('set-cookie')?.split(';')[0] ?? '' }
  const sockets = [await socketOf(bearer), await socketOf(session)]
  expect((await put(false, anna)).status).toBe(200)
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4401, 4401])
  for (const headers of [bearer, session]) expect((await ask('/api/hello', headers)).status).toBe(401)
  expect((await trySignIn({ token: deck.token })).status).toBe(401)
  expect((await fetch(`${deck.url}/?token=${deck.token}`)).status).toBe(401)
  expect((await put(true, anna)).status).toBe(200)
  expect((await ask('/api/hello', bearer)).status).toBe(200)
}, 20_000)

test('what is still being sent to somebody ends with his session', async () => {
  await add('anna')
  const id = await add('bert', { role: 'moderator' })
  const waits = async (headers: Record<string, string>) => {
    const asked = ask('/api/fleet/changes?waitMs=20000&since=0', headers)
    const { launch, revision } = (await (await asked).json()) as { launch: string; revision: number }
    const waiting = ask(`/api/fleet/changes?waitMs=20000&since=${revision}&launch=${launch}`, headers)
    await new Promise((resolve) => setTimeout(resolve, 300))
    return waiting.then(
      () => 'answered',
      () => 'closed',
    )
  }
  const update = (change: Partial<AccountInput>) =>
    deck.ask(`/api/accounts/${id}`, { ...json({ change: accountInputSchema.parse({ name: 'bert', role: 'moderator', ...change }) }), method: 'PUT' })
  const first = waits(await signIn('bert'))
  await new Promise((resolve) => setTimeout(resolve, 600))
  await update({ console: 'none' })
  expect(await first).toBe('closed')
  await update({})
  const second = waits(await signIn('bert'))
  await new Promise((resolve) => setTimeout(resolve, 600))
  await update({ disabled: true })
  expect(await second).toBe('closed')
}, 20_000)

test('over a WebSocket an import may be long, and nothing else, nor one of somebody who may not import', async () => {
  await add('anna')
  await add('mona', { role: 'moderator', console: 'none' })
  await add('ulla', { role: 'user' })
  const rows = Array.from({ length: 300 }, (_, i) => ({ n: `camera ${i}`, unused: 'x'.repeat(5_000) }))
  const mapping = { n: 'name' } as const
  const mona = await socketOf(await signIn('mona'))
  expect(await mona.client.cameras.import({ rows, mapping, preview: true })).toMatchObject({ added: 300 })
  void mona.client.cameras.list({ text: 'x'.repeat(1_500_000) }).catch(() => {})
  expect(await mona.closed).toBe(1009)
  const ulla = await socketOf(await signIn('ulla'))
  void ulla.client.cameras.import({ rows, mapping }).catch(() => {})
  expect(await ulla.closed).toBe(1009)
})

test('one account takes fifty WebSockets, and leaves the others to others', async () => {
  await add('anna')
  await add('ulla', { role: 'user' })
  const headers = await signIn('ulla')
  await Promise.all(Array.from({ length: 50 }, () => socketOf(headers)))
  await expect(socketOf(headers)).rejects.toThrow('503')
  await socketOf(await signIn('anna'))
})

test('somebody with cameras alone is not told where the files of the console are', async () => {
  await add('anna')
  await add('ulla', { role: 'user' })
  expect(await (await ask('/api/hello', await signIn('anna'))).text()).toContain(deck.dataDir)
  expect(await (await ask('/api/hello', await signIn('ulla'))).text()).not.toContain(deck.dataDir)
})

test('the audit says who did what, from where, and never a secret; what is only read is not in it', async () => {
  await add('anna')
  const headers = await signIn('anna')
  await trySignIn({ name: 'anna', password: 'guessed wrongly' })
  await trySignIn({ name: 'hunter2-typed-as-name', password: 'x' })
  await ask('/api/walls', headers, json({ name: 'Studio' }))
  const wall = ((await (await ask('/api/walls', headers)).json()) as { id: string; name: string }[]).find(({ name }) => name === 'Studio')
  await ask(`/api/walls/${wall?.id}`, headers, { method: 'DELETE' })
  await ask('/api/walls/none', headers, { method: 'DELETE' })
  await ask('/api/servers', headers, json({ name: 'Berlin', url: 'http://127.0.0.1:1', auth: { kind: 'basic', user: 'u', password: 'server-secret' } }))
  expect((await ask('/api/history?server=Berlin&metric=server.readers', headers)).status).toBe(200)
  const looked = await ask('/api/cameras/import', headers, json({ rows: [{ n: 'Gate' }], mapping: { n: 'name' }, preview: true }))
  expect(looked.status).toBe(200)
  await ask('/api/sign-out', headers, { method: 'POST' })
  const entries = await audit('limit=100')
  expect(entries.map(({ by, action, what }) => [by, action, what]).reverse()).toEqual([
    ['operator', 'call', 'accounts.add'],
    ['anna', 'signIn', 'account'],
    ['anna', 'signInFailed', 'password'],
    ['', 'signInFailed', 'password'],
    ['anna', 'call', 'walls.add'],
    ['anna', 'call', 'walls.remove'],
    ['anna', 'call', 'servers.add'],
    ['anna', 'download', '/api/history'],
    ['anna', 'signOut', 'account'],
  ])
  expect(entries.every(({ from }) => from === '127.0.0.1')).toBe(true)
  expect(entries.find(({ what }) => what === 'walls.add')?.of).toEqual({ id: wall?.id, name: 'Studio' })
  expect(JSON.stringify(entries)).not.toMatch(/server-secret|hunter2|guessed/)
  const csv = await deck.ask('/api/accounts/audit?format=csv&by=anna&action=signOut')
  expect(csv.headers.get('content-type')).toContain('text/csv')
  expect((await csv.text()).trim().split('\r\n')).toEqual([
    'id,at,by,byId,from,action,what,of,count',
    expect.stringMatching(/,anna,[\w-]+,127\.0\.0\.1,signOut,account,\{\},1$/),
  ])
})

test('sessions and accounts outlive a restart', async () => {
  const dataDir = `${deck.dataDir}/again`
  const port = { host: '127.0.0.1', port: 0 }
  const first = await startTestConsole({ dataDir, listen: port })
  await first.engine.people.accounts.add(accountInputSchema.parse({ name: 'anna', role: 'administrator' }), password)
  const answer = await fetch(`${first.url}/api/sign-in`, json({ name: 'anna', password }))
  const [, secret] = answer.headers.get('set-cookie')?.split(';')[0]?.split('=') ?? []
  await first[Symbol.asyncDispose]()
  await using again = await startTestConsole({ dataDir, listen: port })
  const hello = await fetch(`${again.url}/api/accounts/me`, { headers: { Cookie: `mtxdeck-${again.server.port}=${secret}` } })
  expect(await hello.json()).toMatchObject({ kind: 'account', name: 'anna' })
})

test('a console over the network has no desk to lock', async () => {
  const headers = { Authorization: `Bearer ${deck.token}` }
  expect((await me(headers)).lock).toBe(null)
  const set = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"password":"night","afterMinutes":null}' }
  expect(await kindOf(await deck.ask('/api/accounts/desk-lock', set))).toEqual([409, 'noDeskLock'])
  expect(await kindOf(await deck.ask('/api/accounts/desk-lock/lock', { method: 'POST' }))).toEqual([409, 'noDeskLock'])
  expect(await kindOf(await deck.ask('/api/accounts/desk-lock/unlock', json({ password: 'night' })))).toEqual([409, 'noDeskLock'])
})
