import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../tests/freePort.ts'
import type { OidcSettings } from '../engine/accounts/oidc.ts'
import { type Account, accountInputSchema, type Me } from '../shared/accounts.ts'
import { startOidcProvider } from './oidcProvider.fixture.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

type Provider = Awaited<ReturnType<typeof startOidcProvider>>
let provider: Provider
let desk: TestConsole
let ended: AsyncDisposableStack
const groups: OidcSettings['groups'] = [
  { group: 'noc-admins', role: 'administrator', limit: null },
  { group: 'noc', role: 'moderator', console: 'view', limit: null },
  { group: 'guards', role: 'user', limit: { projects: ['Hamburg'], tags: [] } },
]
const start = async (more: Partial<OidcSettings> = {}, basePath = '') => {
  const port = await freePort()
  const oidc = {
    name: 'Company',
    issuer: provider.issuer,
    clientId: 'mtxdeck',
    clientSecret: 's3',
    scopes: ['profile'],
    groupsClaim: 'groups',
    makesAccounts: true,
    groups,
    ...more,
  }
  desk = ended.use(await startTestConsole({ oidc, listen: { host: '127.0.0.1', port }, publicUrls: [`http://127.0.0.1:${port}${basePath}`] }))
}
beforeEach(async () => {
  ended = new AsyncDisposableStack()
  provider = ended.use(await startOidcProvider('mtxdeck', 's3'))
})
afterEach(() => ended.disposeAsync())

const cookieOf = (answer: Response, name: string): string =>
  answer.headers
    .getSetCookie()
    .find((each) => each.startsWith(name))
    ?.split(';')[0] ?? ''
const path = '/api/sign-in/oidc'
/** Begins a sign-in, and follows the provider's page back. */
async function begin(query = '', headers: Record<string, string> = {}) {
  const answer = await fetch(`${desk.url}${path}${query}`, { redirect: 'manual', headers })
  const page = await (await fetch(answer.headers.get('location') ?? '')).text()
  return {
    ticket: cookieOf(answer, 'mtxdeck-oidc'),
    back: /href="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '',
    cookies: answer.headers.getSetCookie(),
  }
}
const finish = (back: string, ticket: string) => fetch(back, { redirect: 'manual', headers: { cookie: ticket, 'sec-fetch-site': 'cross-site' } })
const signIn = async () => {
  const { ticket, back } = await begin()
  return finish(back, ticket)
}
const sessionOf = (answer: Response) =>
  cookieOf(answer, 'mtxdeck-1') ||
  cookieOf(answer, 'mtxdeck-2') ||
  answer.headers
    .getSetCookie()
    .find((each) => /^mtxdeck-\d/.test(each))
    ?.split(';')[0] ||
  ''
const me = async (answer: Response): Promise<Me> =>
  (await (await fetch(`${desk.url}/api/accounts/me`, { headers: { cookie: sessionOf(answer) } })).json()) as Me
const admin = { sub: 'a-1', preferred_username: 'anna', name: 'Anna Acker', groups: ['noc-admins', 'staff'] }
const accounts = async () => (await (await desk.ask('/api/accounts')).json()) as readonly Account[]

test('the first sign-in makes an account by issuer and subject, and each further one gives it what its groups allow now', async () => {
  await start()
  provider.state.person = admin
  const first = await signIn()
  expect(first.status).toBe(200)
  expect(await first.text()).toContain('http-equiv="refresh" content="0;url=/"')
  expect(await me(first)).toMatchObject({ name: 'anna', fullName: 'Anna Acker', role: 'administrator', console: 'administer', groups: ['noc-admins'] })
  // Another person of the same name is another account.
  provider.state.person = { ...admin, sub: 'b-2', groups: ['guards', 'noc'] }
  expect(await me(await signIn())).toMatchObject({ name: 'anna 2', role: 'moderator', console: 'view', limit: null, groups: ['noc', 'guards'] })
  provider.state.person = { ...admin, sub: 'b-2', preferred_username: 'renamed', groups: ['guards'] }
  expect(await me(await signIn())).toMatchObject({ name: 'anna 2', role: 'user', console: 'none', limit: { projects: ['Hamburg'], tags: [] } })
  expect(await accounts()).toHaveLength(2)
  // It has no password, so none is right.
  for (const password of ['', 'x'])
    expect(
      (
        await fetch(`${desk.url}/api/sign-in`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name: 'anna', password }),
        })
      ).status,
    ).toBe(401)
  const audit = JSON.stringify(await (await desk.ask('/api/accounts/audit?action=signIn')).json())
  expect(audit).toContain('"what":"oidc"')
})

test('below a path of a proxy the provider sends browsers back there, and the console is entered there', async () => {
  await start({}, '/mtx')
  provider.state.person = admin
  const { ticket, back, cookies } = await begin()
  expect(back).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mtx\/api\/sign-in\/oidc\/callback\?/)
  expect(cookies.join()).toContain('; Path=/mtx/api/sign-in/oidc;')
  const entered = await finish(back, ticket)
  expect(await entered.text()).toContain('content="0;url=/mtx/"')
  expect(await me(entered)).toMatchObject({ name: 'anna' })
})

test('who is in no mapped group, has no account where none are made, or a disabled one, is refused with words', async () => {
  await start()
  provider.state.person = { ...admin, groups: ['staff'] }
  const none = await signIn()
  expect([none.status, none.headers.getSetCookie().some((each) => /^mtxdeck-\d/.test(each))]).toEqual([403, false])
  expect(await none.text()).toContain('You are in no group that may use this console')
  provider.state.person = { ...admin, groups: 'noc' }
  expect(await (await signIn()).text()).toContain('The first account has to be an enabled administrator')
  provider.state.person = admin
  await signIn()
  provider.state.person = { ...admin, groups: ['noc'] }
  expect(await (await signIn()).text()).toContain('This is the last administrator')
  provider.state.person = { ...admin, sub: 'b-2', groups: ['noc'] }
  const second = await me(await signIn())
  const change = { name: second.name, role: 'moderator', disabled: true }
  expect(
    (await desk.ask(`/api/accounts/${second.id}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ change }) })).status,
  ).toBe(200)
  expect(await (await signIn()).text()).toContain('This account is disabled')
  const failed = JSON.stringify(await (await desk.ask('/api/accounts/audit?action=signInFailed')).json())
  expect(failed).toContain('"reason":"oidcNoGroup"')
  expect(failed).toContain('"reason":"accountDisabled"')
})

test('without making accounts, somebody connects his own shortly after signing in', async () => {
  await start({ makesAccounts: false })
  provider.state.person = admin
  expect(await (await signIn()).text()).toContain('There is no account for you here')
  const account = { name: 'anna', role: 'administrator' }
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } }
  expect((await desk.ask('/api/accounts', { ...post, body: JSON.stringify({ account, password: 'correct horse battery' }) })).status).toBe(201)
  const own = await fetch(`${desk.url}/api/sign-in`, { ...post, body: JSON.stringify({ name: 'anna', password: 'correct horse battery' }) })
  expect((await fetch(`${desk.url}${path}?link=1`, { redirect: 'manual' })).status).toBe(401)
  const { ticket, back } = await begin('?link=1', { cookie: sessionOf(own) })
  expect((await finish(back, ticket)).status).toBe(200)
  expect(await me(await signIn())).toMatchObject({ name: 'anna', role: 'administrator' })
})

test('connecting an account ends with the session that began it: whoever sat before it does not come in after the password was changed', async () => {
  await start({ makesAccounts: false })
  provider.state.person = admin
  const password = 'correct horse battery'
  const { accounts: known, signIns, oidc } = desk.engine.people
  const added = await known.add(accountInputSchema.parse({ name: 'anna', role: 'administrator' }), password)
  if (!added.ok) throw new Error(added.error)
  const { id } = added.value
  const secrets = [0, 1].map(() => signIns.open({ kind: 'account', id }, '', ''))
  const [stranger, own] = secrets.map((secret) => ({ cookie: `mtxdeck-${desk.server.port}=${secret}` }))
  const begun = await begin('?link=1', stranger)
  const other = await begin('?link=1', own)
  await known.setPassword(id, 'another long password', { keptSession: signIns.find(secrets[1] ?? '')?.id ?? '' })
  const refused = await finish(begun.back, begun.ticket)
  expect([refused.status, sessionOf(refused), oidc?.isLinked(id)]).toEqual([403, '', false])
  expect((await finish(other.back, other.ticket)).status).toBe(200)
  expect(oidc?.isLinked(id)).toBe(true)
})

test('who is in no mapped group any more loses his open sessions at the next sign-in; the provider is taken from an account that has a password', async () => {
  await start()
  provider.state.person = admin
  await signIn()
  const bert = { ...admin, sub: 'b-2', preferred_username: 'bert', groups: ['noc'] }
  provider.state.person = bert
  const first = await signIn()
  const { id } = await me(first)
  provider.state.person = { ...bert, groups: ['staff'] }
  expect((await signIn()).status).toBe(403)
  const as = async (answer: Response, at: string, init: RequestInit = {}) => fetch(`${desk.url}${at}`, { ...init, headers: { cookie: sessionOf(answer) } })
  expect((await as(first, '/api/hello')).status).toBe(401)
  provider.state.person = bert
  const disconnect = async () => (await as(await signIn(), '/api/accounts/me/provider', { method: 'DELETE' })).status
  const reset = (removeTotp: boolean) =>
    desk.ask(`/api/accounts/${id}/password`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ removeTotp }) })
  expect(await disconnect()).toBe(409)
  await reset(false)
  expect(await disconnect()).toBe(204)
  expect((await me(await signIn())).name).toBe('bert 2')
  // An administrator takes it from somebody else.
  const { id: second } = await me(await signIn())
  await desk.ask(`/api/accounts/${second}/password`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"removeTotp":true}' })
  expect((await me(await signIn())).name).toBe('bert 3')
})

test('a sign-in counts once, in the browser that began it, and its cookie is for nothing else', async () => {
  await start()
  provider.state.person = admin
  const { ticket, back, cookies } = await begin('?to=%23%2Fstreams%3Fq%3Da')
  expect(cookies[0]).toMatch(/Path=\/api\/sign-in\/oidc; HttpOnly; SameSite=Lax$/)
  const other = await begin()
  for (const [address, cookie] of [
    [back, ''],
    [back, `${ticket}x`],
    [back, other.ticket],
    [back.replace('state=', 'state=x'), (await begin()).ticket],
  ] as const)
    expect((await finish(address, cookie)).status).toBe(403)
  const asked = provider.state.asked
  expect(asked).toBe(0)
  const right = await finish(back, ticket)
  expect(await right.text()).toContain('url=/#/streams?q=a"')
  // The ticket again, and the code again with a new ticket.
  expect(await (await finish(back, ticket)).text()).toContain('finished already')
  const fresh = await begin()
  const replayed = new URL(fresh.back)
  replayed.searchParams.set('code', new URL(back).searchParams.get('code') ?? '')
  expect((await finish(replayed.href, fresh.ticket)).status).toBe(403)
  for (const to of ['//evil.example', 'https://evil.example', '#/a"><script>']) {
    const begun = await begin(`?to=${encodeURIComponent(to)}`)
    expect(await (await finish(begun.back, begun.ticket)).text()).toContain('content="0;url=/"')
  }
})

const now = Math.floor(Date.now() / 1000)
test.each([
  ['another nonce', { claims: { nonce: 'other' } }],
  ['another issuer', { claims: { iss: 'https://evil.example' } }],
  ['another audience', { claims: { aud: 'other' } }],
  ['an end in the past', { claims: { iat: now - 7200, exp: now - 3600 } }],
  ['no signature', { unsigned: true }],
  ['the signature of another key', { byOtherKey: true }],
  ['no subject', { claims: { sub: '' } }],
  ['more than can be read', { endless: true }],
])('a token with %s lets nobody in', async (_, spoiled) => {
  await start()
  provider.state.person = admin
  provider.state.spoiled = spoiled
  const answer = await signIn()
  expect([answer.status, answer.headers.getSetCookie().some((each) => /^mtxdeck-\d/.test(each))]).toEqual([403, false])
  expect(await accounts()).toEqual([])
  expect(desk.logged()).not.toContain('eyJ')
})

test('a provider that cannot be reached is said on the sign-in page, where other ways stay', async () => {
  await start()
  const port = Number(new URL(provider.issuer).port)
  await provider[Symbol.asyncDispose]()
  const answer = await fetch(`${desk.url}${path}`)
  const page = await answer.text()
  expect(page).toContain('The sign-in provider cannot be reached now')
  expect(page).toContain('name="token"')
  provider = ended.use(await startOidcProvider('mtxdeck', 's3', port))
  provider.state.person = admin
  expect((await signIn()).status).toBe(200)
})
