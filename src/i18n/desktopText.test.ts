import { describe, expect, it } from 'vitest'
import { sentencesIn } from '#locales'
import type { SentenceId } from '../shared/messageIds.ts'
import { severities } from '../shared/severities.ts'
import type { EngineFailure } from '../shared/shell.ts'
import { engineFailureText } from './consoleTroubleText.ts'
import { type Language, languages } from './languages.ts'
import { sayIn } from './say.ts'
import { expectSentence } from './words.fixture.ts'

const [url, version] = ['https://noc:8787', '1.2.3']
/** One of each kind: the compiler asks for it. */
const failures: { readonly [K in EngineFailure['kind']]: EngineFailure & { readonly kind: K } } = {
  console: { kind: 'console', trouble: { kind: 'diskFull', folder: '/x' } },
  problems: { kind: 'problems', problems: [{ at: 'mtxdeck.yaml:1:1', key: 'keepDays', validationError: { kind: 'notSuchAs', example: '10MB, 500MB, 5GB' } }] },
  noNode24: { kind: 'noNode24', version },
  tokenRefused: { kind: 'tokenRefused', url },
  notMtxdeck: { kind: 'notMtxdeck', url },
  noEngine: { kind: 'noEngine', url, because: 'ECONNREFUSED' },
  engineNewer: { kind: 'engineNewer', version },
  engineOlder: { kind: 'engineOlder', version },
  keepsEnding: { kind: 'keepsEnding', deaths: 6 },
}
const names = 'Electron Node npm ci Demo GPL or later Zoom Text'

describe.each(languages)('what the desktop shows around its window, in %s', (language) => {
  it('has a sentence for each reason why there is no engine', () => {
    for (const failure of Object.values(failures)) expectSentence(failure.kind, (tag) => engineFailureText(failure, tag), language, [failure, names])
  })

  it('has words for each item of the menu and for each state of the fleet', () => {
    const expectWords = (key: string, words: (tag: Language) => string) => expectSentence(key, (tag) => `${words(tag)} – ***`, language, names)
    const groups = sentencesIn('en')?.desktop as Readonly<Record<string, object>>
    for (const group of ['menu', 'fleet'])
      for (const key of Object.keys(groups[group] ?? {})) expectWords(key, (tag) => sayIn(tag)(`desktop.${group}.${key}` as SentenceId))
    for (const severity of severities)
      for (const count of [1, 2, 5])
        expectWords(severity, (tag) => sayIn(tag)('desktop.alarms', { count, worst: sayIn(tag)(`notifications.severity.${severity}`) }))
    expectWords('licence', (tag) => sayIn(tag)('desktop.licence'))
  })

  it('opens each menu with another letter', () => {
    const say = sayIn(language)
    const letters = (['file', 'view', 'help'] as const).map((name) => /&(.)/.exec(say(`desktop.menu.${name}`))?.[1])
    expect([...new Set(letters)].filter(Boolean)).toHaveLength(3)
  })
})
