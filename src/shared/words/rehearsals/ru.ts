import type { SubjectKind } from '../../subjects.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { RehearsalWords } from './rehearsalWords.ts'

const say = sayIn('ru')
const alarms = (count: number) => say.count(count, { one: 'тревога', few: 'тревоги', many: 'тревог', other: 'тревоги' })
const ofAll: Readonly<Record<SubjectKind, (count: number) => string>> = {
  stream: (count) => say.count(count, { one: 'потока', other: 'потоков' }),
  server: (count) => say.count(count, { one: 'сервера', other: 'серверов' }),
  host: (count) => say.count(count, { one: 'хоста', other: 'хостов' }),
  device: (count) => say.count(count, { one: 'части хоста', other: 'частей хостов' }),
  probe: (count) => say.count(count, { one: 'пробы', other: 'проб' }),
}

export const ru: Rest<RehearsalWords> = {
  instead: (after, before) => (after === before ? `${alarms(after)}, столько же, сколько сейчас.` : `${alarms(after)} вместо ${say.number(before)}.`),
  alarms: (after) => `${alarms(after)}.`,
  beyond: ({ beyond, standing, known, of, by }) => {
    const all = `${say.number(beyond)} из ${ofAll[of](known)}`
    const where = by === 'absence' ? 'без этого показателя' : 'за порогом'
    if (standing === null || standing === beyond) return `Сейчас ${where}: ${all}.`
    return `Сейчас ${where} было бы: ${all}; по действующему правилу — ${say.number(standing)}.`
  },
  noneKnown: (by) =>
    by === 'unusual' ? 'Ни для одного из них пока не известно, что обычно.' : 'Сейчас нет ни одного значения того, к чему относится правило.',
  unknown: (count, by) => (by === 'unusual' ? `Ещё не известно, что обычно: ${say.number(count)}.` : `Ещё без значений сейчас: ${say.number(count)}.`),
}
