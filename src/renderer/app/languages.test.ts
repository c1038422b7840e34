import { createInstance } from 'i18next'
import { describe, expect, it } from 'vitest'
import { languageOf } from '../../i18n/languages.ts'
import de from '../../locales/de.json'
import en from '../../locales/en.json'
import { filledIn } from '../../locales/filledIn.ts'
import ko from '../../locales/ko.json'
import ru from '../../locales/ru.json'
import zh from '../../locales/zh.json'
import { languages } from './languages.ts'

const catalogues: Readonly<Record<string, object>> = { en, de, zh, ru, ko }

const flat = (words: object, before = ''): Map<string, string> =>
  new Map(
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${before}${key}`, value] as const] : [...flat(value as object, `${before}${key}.`)],
    ),
  )
const placeholders = (text: string) => [...new Set([...text.matchAll(/\{\{(\w+)/g)].map(([, name]) => name))].sort()

const english = flat(en)
const pluralForm = /_(zero|one|two|few|many|other)$/
const formsOf = (tag: string) => new Intl.PluralRules(tag).resolvedOptions().pluralCategories
/** `_zero` is a text of its own, not a form that a language asks for. */
const special = (key: string) => key.endsWith('_zero')
/** The English text that a text stands for: a form that English has not stands for its "other". */
const originalOf = (key: string) => english.get(key) ?? english.get(key.replace(pluralForm, '_other')) ?? english.get(key.replace(pluralForm, ''))
/** Keys without their forms: those that English, or this language, has in forms of a count. */
const countedKeys = (words: ReadonlyMap<string, string>) =>
  new Set([...words.keys()].filter((key) => pluralForm.test(key) && !special(key)).map((key) => key.replace(pluralForm, '')))

it('there is a test of every language that can be chosen', async () => {
  expect(Object.keys(catalogues)).toEqual(Object.keys(languages))
  for (const [tag, language] of Object.entries(languages)) expect(await language.load()).toEqual(catalogues[tag])
})

/** A noun in one of the cases that a language has beside that of English. */
const isNoun = (key: string) => key.startsWith('sentences.counts.')

describe.each(Object.entries(catalogues))('%s', (tag, catalogue) => {
  const words = flat(catalogue)

  it('has no key that English has not', () => {
    expect([...words.keys()].filter((key) => !isNoun(key) && originalOf(key) === undefined)).toEqual([])
  })

  it('has each noun that its sentences count', () => {
    const nouns = new Set([...words.values()].flatMap((text) => [...text.matchAll(/counted\(of: (\w+)\)/g)].map(([, noun]) => noun)))
    for (const noun of nouns) expect(words.has(`sentences.counts.${noun}_other`), noun).toBe(true)
  })

  it('fills in just what English fills in', () => {
    // Where "one" is also 21, its text must name the number.
    const oneIsMany = new Intl.PluralRules(tag).select(21) === 'one'
    for (const [key, text] of words) {
      if (isNoun(key)) continue
      const original = key.endsWith('_one') && oneIsMany ? english.get(key.replace(pluralForm, '_other')) : undefined
      expect([key, placeholders(text)]).toEqual([key, placeholders(original ?? originalOf(key) ?? '')])
    }
  })

  it('has every form that it needs of a count, and no form that it never uses', () => {
    const forms = formsOf(tag)
    for (const key of countedKeys(words)) {
      const there = [...words.keys()].filter((other) => other.replace(pluralForm, '') === key && pluralForm.test(other) && !special(other))
      expect([key, there.map((other) => other.slice(key.length + 1)).sort()]).toEqual([key, [...forms].sort()])
    }
  })

  it('has nearly every word', () => {
    const counted = countedKeys(words)
    const missing = [...english.keys()].filter((key) => !words.has(key) && !counted.has(key.replace(pluralForm, '')))
    expect(missing.length / english.size, `missing: ${missing.join(', ')}`).toBeLessThan(0.05)
  })

  it('shows words, never a key or a gap, whatever the count is', async () => {
    const instance = createInstance()
    await instance.init({ lng: tag, fallbackLng: 'en', resources: { en: { translation: en }, [tag]: { translation: catalogue } } })
    const say = (key: string, options: object) => String(instance.t(key as never, options as never))
    for (const key of english.keys()) {
      const base = special(key) ? key : key.replace(pluralForm, '')
      const filled = Object.fromEntries(placeholders(originalOf(key) ?? '').map((name) => [name, 'x']))
      for (const count of [0, 1, 2, 5, 21, 104, 1.5]) {
        const text = say(base, { ...filled, count })
        expect([base, count, text]).not.toEqual([base, count, base])
        expect([base, count, text]).toEqual([base, count, expect.not.stringContaining('{{')])
      }
    }
  })
})

it('shows in English what a language does not have, in every form of a count that it asks for', async () => {
  const instance = createInstance()
  const translation = filledIn({ pages: { server: 'Сервер' } }, en, 'ru')
  await instance.init({ lng: 'ru', fallbackLng: false, resources: { ru: { translation } } })
  expect(instance.t('pages.server')).toBe('Сервер')
  expect(instance.t('pages.settings')).toBe('Settings')
  expect([0, 1, 3, 5].map((count) => instance.t('overview.readersHit', { count }))).toEqual(['0 readers', '1 readers', '3 readers', '5 readers'])
})

describe('the language shown', () => {
  it('is the one chosen, whatever the system speaks', () => {
    expect(languageOf(['ko', 'ru-RU'])).toBe('ko')
  })
  it('is else the first of the system’s that there is, of whatever country', () => {
    expect(languageOf(['fr-FR', 'zh-Hans-CN', 'de'])).toBe('zh')
    expect(languageOf(['RU-ru'])).toBe('ru')
  })
  it('is English where none fits, also when the one chosen is no more', () => {
    expect(languageOf(['tlh', 'fr'])).toBe('en')
    expect(languageOf(['constructor', 'toString'])).toBe('en')
  })
})
