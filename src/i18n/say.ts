import { createInstance, type FormatterModule } from 'i18next'
import { sentencesIn } from '#locales'
import type { Catalogue } from '../locales/filledIn.ts'
import type { SentenceId } from '../shared/messageIds.ts'
import type { Unit } from '../shared/metrics.ts'
import {
  formatDuration,
  formatInterval,
  formatMomentInZone,
  formatNumber,
  formatSize,
  formatSpan,
  formatValue,
  placesOf,
  unknownMark,
} from '../shared/units.ts'
import type { Language } from './languages.ts'

/**
 * The one i18next of a process: a window's messages (namespace `translation`) and the sentences of the engine (`sentences`),
 * both from `src/locales/<language>.json`.
 */
export const i18n = createInstance()
const formatter: FormatterModule = {
  type: 'formatter',
  init() {},
  add() {},
  addCached() {},
  format(value: unknown, how = '', language = 'en') {
    // i18next's own takes a fact for the option of the same name.
    const [, name = '', option, given = ''] = /^(\w+)(?:\((\w+): (\w+)\))?$/.exec(how.trim()) ?? []
    return formats[name]?.(value as never, language as Language, option === undefined ? {} : { [option]: given }) ?? String(value)
  },
}
void i18n.use(formatter).init({
  ns: ['translation', 'sentences'],
  defaultNS: 'translation',
  fallbackLng: false,
  resources: {},
  initAsync: false,
  // React escapes, and whoever writes HTML does.
  interpolation: { escapeValue: false },
})

/** A message of `sentences` with its facts. `context` and `count` among them choose a form: `id_context`, `id_one`, `id_context_other`. */
export interface Say {
  (id: SentenceId, facts?: Facts): string
  readonly language: Language
}
export type Facts = Readonly<Record<string, unknown>> & { readonly context?: string | undefined; readonly count?: number }

/** At most as many decimals as three digits need: 1,411, 12.3, 1.5. null and NaN are unknown. */
function number(value: unknown, language: Language): string {
  return typeof value !== 'number' || Number.isNaN(value) ? unknownMark : formatNumber(value, placesOf(value), language)
}
const isWide = (language: Language) => language === 'zh'

/** How a placeholder is written: `{{ms, duration}}`, `{{streams, counted(of: stream)}}`. */
const formats: Readonly<Record<string, (value: never, language: Language, options: Readonly<Record<string, string>>) => string>> = {
  number,
  counted: (count: number, language, { of }) => sayIn(language)(`counts.${of}` as SentenceId, { count }),
  duration: (ms: number, language) => formatDuration(ms, language),
  /** In one unit: 15 min, 24 h. */
  span: (ms: number, language) => formatSpan(ms, language),
  interval: ({ minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }, language) => formatInterval(minMs, maxMs, language),
  /** Date, time and zone, of a time in milliseconds or of ISO 8601 text; other text stays as it is. */
  moment: (at: number | string, language) => {
    const time = typeof at === 'number' ? at : Date.parse(at)
    return Number.isNaN(time) ? String(at) : formatMomentInZone(time, language)
  },
  megabytes: (bytes: number, language) => formatSize(bytes, 'MB', language),
  /** In the unit that fits. */
  size: (bytes: number, language) => formatSize(bytes, null, language),
  /** With the unit of a metric: `{{cpu, value(unit: percent)}}`. */
  value: (value: number | null, language, { unit }) => formatValue(value, unit as Unit, language),
  /** Names in a sentence: a, b and c. */
  and: (names: readonly string[], language) => new Intl.ListFormat(language).format(names),
  list: (names: readonly (string | number)[], language) => names.join(isWide(language) ? '、' : ', '),
  clauses: (parts: readonly string[], language) => parts.join(isWide(language) ? '；' : '; '),
  /** Nothing where there is nothing to say. */
  behindColon: (text: string | null | undefined, language) => (text ? (isWide(language) ? `：${text}` : `: ${text}`) : ''),
  inBrackets: (text: string | null | undefined, language) => (text ? (isWide(language) ? `（${text}）` : ` (${text})`) : ''),
}
const sayers = new Map<Language, Say>()
/**
 * Says messages in one language. In Node its catalogue is read when it is first asked for; a window adds its one before it says
 * anything (`src/renderer/app/startLanguage.ts`).
 */
export function sayIn(language: Language): Say {
  const known = sayers.get(language)
  if (known) return known
  // i18next's types know a window's messages only.
  const translate = i18n.getFixedT(language, 'sentences' as never) as unknown as (id: string, options: object) => string
  const say = Object.assign(
    (id: SentenceId, facts: Facts = {}) => {
      readSentences(language)
      return translate(id, {
        replace: facts,
        nest: false,
        ...(facts.count !== undefined && { count: facts.count }),
        ...(facts.context !== undefined && { context: facts.context }),
      })
    },
    { language },
  )
  sayers.set(language, say)
  return say
}

export function giveSentences(language: Language, sentences: Catalogue): void {
  i18n.addResourceBundle(language, 'sentences', sentences)
}

function readSentences(language: Language): void {
  if (i18n.hasResourceBundle(language, 'sentences')) return
  const sentences = sentencesIn(language)
  if (sentences !== null) giveSentences(language, sentences)
}
