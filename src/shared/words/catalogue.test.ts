import { expect, it } from 'vitest'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'

type Notices = Readonly<Record<'troubles', Readonly<Record<string, (facts?: object) => string>>>>
const own = { troubles: { own: () => 'a function' } }
const rest: Readonly<Record<Language, object>> = { en: own, de: own, zh: own, ru: own, ko: own }
const notices = catalogueOf<Notices>('notices', rest, ['troubles.*', 'cautions.*'])

it('sentences of the catalogue and functions stand side by side', () => {
  expect(notices.de.troubles.own?.()).toBe('a function')
  expect(notices.de.troubles.mainNotRestored?.({ because: 'EIO', folder: '/data' })).toContain('EIO')
})

it('a fact is shown as it is, whatever it holds', () => {
  for (const because of ['{{folder}}', '$t(refusals.noSuchServer)', '$1 $& $$', '<b>&amp;</b>'])
    expect(notices.en.troubles.mainNotRestored?.({ because, folder: '/data' })).toContain(`(${because}). Check the disk of /data`)
})

it('figures are written as the language writes them', () => {
  const calendars = catalogueOf<{ readonly damaged: (facts: object) => string }>('calendars', null, ['*'])
  expect([calendars.en.damaged({ events: 1_234 }), calendars.de.damaged({ events: 1_234 })]).toEqual([
    expect.stringContaining('1,234'),
    expect.stringContaining('1.234'),
  ])
})
