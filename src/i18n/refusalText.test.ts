import { describe, expect, it } from 'vitest'
import { hostIdSchema } from '../shared/hosts.ts'
import { plainRefusals, type Refusal, type RefusalKind, type RefusalOf, refusalSchema } from '../shared/refusals.ts'
import { validationErrorOf } from '../shared/validationErrors.ts'
import { serverErrorText } from './errorText.ts'
import { languages } from './languages.ts'
import { refusalText, thrownRefusalText } from './refusalText.ts'
import { expectSentence } from './words.fixture.ts'

const plain = Object.fromEntries(plainRefusals.map((kind) => [kind, { kind }])) as { readonly [K in (typeof plainRefusals)[number]]: { kind: K } }
/** One of each kind: the compiler asks for it. */
const samples: { readonly [K in RefusalKind]: RefusalOf<K> } = {
  ...plain,
  notAllowed: { kind: 'notAllowed', name: 'Anna', needs: 'administer', has: 'view' },
  notStored: { kind: 'notStored', because: 'full' },
  notAccepted: { kind: 'notAccepted', validationErrors: [{ field: 'url', validationError: { kind: 'notHttp', scheme: 'ftp:' } }], more: 2 },
  hostNotAsked: { kind: 'hostNotAsked', name: 'Oslo', error: null },
  alarmsNotKept: { kind: 'alarmsNotKept', since: Date.UTC(2026, 10, 14, 3) },
  otherSetting: { kind: 'otherSetting', setting: 'forward' },
  serverNotChanged: { kind: 'serverNotChanged', name: 'Oslo', error: { kind: 'noApiHere' } },
  searchTooWide: { kind: 'searchTooWide', looked: 20_000 },
  toolUnusable: { kind: 'toolUnusable', problem: { kind: 'notFfmpeg', path: '/bin/sh' } },
}
const refusals: readonly Refusal[] = [
  ...Object.values(samples),
  { ...samples.notAllowed, has: null },
  { kind: 'notStored', because: 'notWritable' },
  { kind: 'notStored', because: 'busy' },
  { kind: 'serverNotChanged', name: 'Oslo', error: null },
]

describe.each(languages)('why a call is not answered, in %s', (language) => {
  it('has a sentence for each kind', () => {
    for (const refusal of refusals)
      expectSentence(refusal.kind, (tag) => refusalText(refusal, tag), language, [refusal, 'npm run build', 'tls trustedProxies X-Forwarded-Proto plainHttp'])
  })
})

it('each is one that is sent', () => {
  for (const refusal of refusals) expect(refusalSchema.parse(refusal)).toEqual(refusal)
})

it('why a server did not answer has the words it has everywhere', () => {
  const thrown = Object.assign(new Error('UNREADABLE'), { data: { kind: 'forbidden' } })
  const { what, todo } = serverErrorText({ kind: 'forbidden' }, 'de')
  expect(thrownRefusalText(thrown, 'de')).toBe(`${what} ${todo}`)
})

it('a text of another form is said in the language asked for', () => {
  const issue = hostIdSchema.safeParse('x').error?.issues[0]
  expect(issue && validationErrorOf(issue)).toEqual({ kind: 'noSuchForm' })
})

it('what was thrown without a refusal has no words of ours', () => {
  expect(thrownRefusalText(new Error('x'), 'de')).toBeNull()
  expect(thrownRefusalText(Object.assign(new Error('x'), { data: { kind: 'onFire' } }), 'de')).toBeNull()
  expect(thrownRefusalText(Object.assign(new Error('x'), { data: { kind: 'noSuch' } }), 'de')).toBe(
    'Das gibt es nicht; vielleicht wurde es entfernt oder ist beendet.',
  )
})
