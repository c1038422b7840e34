import type { Say } from '../i18n/say.ts'
import type { DossierChart } from './dossier.ts'
import { html } from './dossierText.ts'
import { metrics } from './metrics.ts'
import { formatMoment, formatValue } from './units.ts'
import type { Language } from './words/languages.ts'
import { metricLabel } from './words/metricText.ts'

const width = 460
const height = 96
const top = 6
const bottom = 16

/** One decimal is finer than any printer. */
const written = (value: number): string => (Math.round(value * 10) / 10).toString()

/** A series as a drawing: the mean as a line over the band from least to most, and grey where nothing is known. '': it has no values. */
export function dossierChart(chart: DossierChart, from: number, to: number, say: Say, language: Language): string {
  const { at, min, mean, max, gaps } = chart.columns
  if (at.length === 0) return ''
  const { unit } = metrics[chart.metric]
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (const value of min) least = Math.min(least, value)
  for (const value of max) most = Math.max(most, value)
  // Zero is in it, so that a change looks as large as it is.
  const low = Math.min(0, least)
  const high = most > low ? most : low + 1
  const x = (time: number) => ((Math.min(Math.max(time, from), to) - from) / (to - from)) * width
  const y = (value: number) => top + (1 - (value - low) / (high - low)) * (height - top - bottom)
  const runs = runsOf(at, gaps)
  const band = runs.map(([first, end]) => {
    const there = at.slice(first, end).map((time, i) => `${written(x(time))},${written(y(max[first + i] as number))}`)
    const back = at.slice(first, end).map((time, i) => `${written(x(time))},${written(y(min[first + i] as number))}`)
    return `<polygon class="band" points="${[...there, ...back.reverse()].join(' ')}"/>`
  })
  const lines = runs.map(
    ([first, end]) =>
      `<polyline class="line" points="${at
        .slice(first, end)
        .map((time, i) => `${written(x(time))},${written(y(mean[first + i] as number))}`)
        .join(' ')}"/>`,
  )
  const unknown = gaps
    .filter(([begin, end]) => end > from && begin < to)
    .map(
      ([begin, end]) =>
        `<rect class="gap" x="${written(x(begin))}" y="${top}" width="${written(Math.max(1, x(end) - x(begin)))}" height="${height - top - bottom}"/>`,
    )
  const metric = metricLabel(chart.metric, language)
  const figure = (value: number) => formatValue(value, unit, language)
  const label = say('dossiers.chart', { name: chart.name, metric, least: figure(least), most: figure(most), last: figure(mean.at(-1) as number) })
  const form = to - from > 86_400_000 ? 'dayAndTime' : 'time'
  const moment = (time: number) => html(formatMoment(time, form, 'utc', language))
  return `<figure class="chart"><figcaption>${html(metric)} <span class="most">${html(figure(most))}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${html(label)}"><line class="axis" x1="0" y1="${written(y(0))}" x2="${width}" y2="${written(y(0))}"/>
${[...unknown, ...band, ...lines].join('\n')}
<text x="0" y="${height - 3}">${moment(from)}</text><text x="${width}" y="${height - 3}" text-anchor="end">${moment(to)}</text></svg></figure>`
}

/** Points between which nothing is unknown, as places from and up to. */
function runsOf(at: readonly number[], gaps: readonly (readonly [number, number])[]): [number, number][] {
  const runs: [number, number][] = []
  let gap = 0
  let first = 0
  for (let place = 1; place <= at.length; place++) {
    const time = at[place]
    while (gap < gaps.length && (gaps[gap]?.[1] as number) <= (at[place - 1] as number)) gap++
    const isBroken = time === undefined || (gaps[gap] !== undefined && (gaps[gap]?.[0] as number) < time)
    if (!isBroken) continue
    runs.push([first, place])
    first = place
  }
  return runs
}
