import { createRouterClient } from '@orpc/server'
import { Secret, TOTP } from 'otpauth'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { languages } from '../i18n/languages.ts'
import { type Operator, soleOperator } from '../shared/permissions.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

const password = 'a long password'
let deck: TestConsole
let ada: Operator
beforeEach(async () => {
  deck = await startTestConsole()
})
afterEach(() => deck[Symbol.asyncDispose]())

const clientOf = (operator: Operator) => createRouterClient(deck.engine.router, { context: { operator } })
async function addAda(): Promise<void> {
  const { id } = await clientOf(soleOperator).accounts.add({ account: { name: 'ada', role: 'administrator' }, password })
  ada = { ...soleOperator, id, name: 'ada', owns: { accountId: id, groups: [] } }
}
const page = async (language = 'en') => {
  const answer = await fetch(`${deck.url}/`, { headers: { Accept: 'text/html', 'Accept-Language': language } })
  expect(answer.status).toBe(401)
  return answer.text()
}
const send = async (entries: Readonly<Record<string, string>>) => {
  const answer = await fetch(`${deck.url}/api/sign-in`, { method: 'POST', body: new URLSearchParams(entries), redirect: 'manual' })
  return { status: answer.status, cookie: answer.headers.get('set-cookie') ?? '', text: await answer.text() }
}
const tag = (html: string, name: string) => new RegExp(`<input [^>]*id="${name}"[^>]*>`).exec(html)?.[0]
const alertOf = (html: string) => /<p role="alert">([^<]*)<\/p>/.exec(html)?.[1]

test('without accounts the page asks for the token alone', async () => {
  const html = await page()
  expect(tag(html, 'token')).toMatch(/autocomplete="current-password".* autofocus/)
  for (const field of ['name', 'password', 'code']) expect(tag(html, field)).toBeUndefined()
  expect(html).not.toContain('<details')
})

test('with accounts it asks for name and password, and a token can still be entered, in each language', async () => {
  await addAda()
  const texts = new Set<string>()
  for (const language of languages) {
    const html = await page(language)
    expect(html).toContain(`<html lang="${language}">`)
    expect(tag(html, 'name')).toMatch(/autocomplete="username".* autofocus/)
    expect(tag(html, 'password')).toMatch(/type="password" autocomplete="current-password"/)
    expect(tag(html, 'code')).toMatch(/autocomplete="one-time-code".* disabled/)
    expect(html).toMatch(/<div id="code-part" hidden>/)
    expect(html).toMatch(/<details>[\s\S]*id="token"/)
    expect(alertOf(html)).toBeUndefined()
    texts.add(/<summary>([^<]+)</.exec(html)?.[1] ?? '')
  }
  expect(texts.size).toBe(languages.length)
})

test('without scripts a wrong password says so and keeps the name alone, and a right one signs in', async () => {
  await addAda()
  const wrong = await send({ name: 'ada', password: 'not the password' })
  expect(wrong.status).toBe(401)
  expect(alertOf(wrong.text)).toBe('The name, password or one-time code is not right.')
  expect(tag(wrong.text, 'name')).toContain('value="ada"')
  expect(wrong.text).not.toContain('not the password')
  expect(wrong.text).toMatch(/<details>/)
  const unknown = await send({ name: '"><script>alert(1)</script>', password })
  expect(unknown).toMatchObject({ status: 401, text: expect.not.stringContaining('<script>alert') })
  expect(alertOf(unknown.text)).toBe(alertOf(wrong.text))
  const right = await send({ name: 'ADA', password })
  expect(right).toMatchObject({ status: 303, cookie: expect.stringMatching(/HttpOnly; SameSite=Strict/) })
})

test('without scripts a code is asked for with the password, and a recovery code will do', async () => {
  await addAda()
  const { secret } = await clientOf(ada).accounts.startTotp({ password })
  const totp = new TOTP({ secret: Secret.fromBase32(secret) })
  const { recoveryCodes } = await clientOf(ada).accounts.confirmTotp({ code: totp.generate() })
  const asked = await send({ name: 'ada', password })
  expect(asked).toMatchObject({ status: 401, cookie: '' })
  expect(alertOf(asked.text)).toMatch(/one-time code/)
  expect(tag(asked.text, 'code')).not.toContain('disabled')
  expect(asked.text).toMatch(/<div id="code-part">/)
  expect(await send({ name: 'ada', password, code: '000000' })).toMatchObject({ status: 401, cookie: '' })
  expect(await send({ name: 'ada', password, code: recoveryCodes[0] ?? '' })).toMatchObject({ status: 303 })
})

test('a wrong token is said where it was entered', async () => {
  await addAda()
  const wrong = await send({ token: 'wrong' })
  expect(wrong.text).toMatch(/<details open>[\s\S]*role="alert"[\s\S]*id="token"/)
  expect(await send({ token: deck.token })).toMatchObject({ status: 303 })
})
