import type { Unit } from '../../shared/metrics.ts'

type Sizes = Readonly<Record<string, number>>
const bitrates = {
  'bit/s': 1,
  'kbit/s': 1e3,
  'mbit/s': 1e6,
  'gbit/s': 1e9,
  kbps: 1e3,
  mbps: 1e6,
  gbps: 1e9,
  'бит/с': 1,
  'кбит/с': 1e3,
  'мбит/с': 1e6,
  'гбит/с': 1e9,
}
/** Units of durations as they are typed, in seconds. */
export const secondsTyped: Sizes = {
  ms: 0.001,
  s: 1,
  sec: 1,
  min: 60,
  h: 3600,
  d: 86_400,
  с: 1,
  мин: 60,
  ч: 3600,
  秒: 1,
  分: 60,
  小时: 3600,
  초: 1,
  분: 60,
  시간: 3600,
}
const milliseconds = Object.fromEntries(Object.entries(secondsTyped).map(([name, size]) => [name, size * 1000]))
const unitsTyped: Readonly<Partial<Record<Unit, Sizes>>> = {
  bps: bitrates,
  bytes: { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ms: milliseconds,
  percent: { '%': 1 },
  celsius: { '°c': 1, c: 1 },
  days: { d: 1, day: 1, days: 1, tage: 1 },
}

/** "2.5 Mbit/s" as the number that stands for it; what is no such figure stays as it is. */
export function figureEntered(text: string, sizes: Sizes | undefined): string {
  const [, number = '', unit = ''] = /^\s*(-?[\d.,]+)\s*([^\d\s.,].*?)\s*$/.exec(text) ?? []
  const size = sizes?.[unit.toLowerCase()]
  const value = Number(number.replace(',', '.'))
  return size === undefined || Number.isNaN(value) ? text : String(Number((value * size).toPrecision(12)))
}
/** The same in the unit of a metric. */
export function figureOfUnit(text: string, unit: Unit | undefined): string {
  return figureEntered(text, unit === undefined ? undefined : unitsTyped[unit])
}
