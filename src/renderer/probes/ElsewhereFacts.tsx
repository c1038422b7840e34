import { useTranslation } from 'react-i18next'
import { pictureText } from '../../i18n/pictureText.ts'
import type { Probe } from '../../shared/probes.ts'
import { type Elsewhere, elsewhereVerdict } from '../../shared/remoteProbes.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { Section } from '../ui/Section.tsx'
import { liveProbe, verdictAt } from './probeViews.ts'

const marks: Readonly<Record<Elsewhere['state'], MarkKind>> = { up: 'ok', down: 'major', unknown: 'unknown' }

/** What remote probes know of the same stream now, and what follows from it. Nothing where none has such a probe. */
export function ElsewhereFacts({ probe, now }: { readonly probe: Probe; readonly now: number }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { elsewhere } = probe
  if (elsewhere.length === 0) return null
  const known = verdictAt(liveProbe(probe), now)
  const here = probe.state === 'down' ? 'down' : probe.state === 'up' && known !== 'unknown' ? 'up' : 'unknown'
  const found = elsewhereVerdict(here, elsewhere)
  return (
    <Section title={t('probes.remote.title')}>
      {found !== null && (
        <p className={`mb-1 ${found.verdict === 'both' ? 'text-muted' : 'font-medium'}`}>
          {t(`probes.elsewhere.verdict.${found.verdict}`, { names: new Intl.ListFormat(language).format(found.at) })}
        </p>
      )}
      <ul className="flex flex-col gap-1">
        {elsewhere.map((one) => (
          <Seen key={one.vantage} one={one} ourUrl={probe.url} now={now} />
        ))}
      </ul>
    </Section>
  )
}

function Seen({ one, ourUrl, now }: { readonly one: Elsewhere; readonly ourUrl: string; readonly now: number }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { vantage, state, since, readAt, why, bitrateBps, answerMs, url } = one
  const figures = [
    bitrateBps !== null && formatValue(bitrateBps, 'bps'),
    answerMs !== null && formatValue(answerMs, 'ms'),
    readAt !== null && t('common.readAgeAgo', { age: formatDuration(now - readAt) }),
  ].filter((part) => part !== false)
  return (
    <li>
      <span className="flex flex-wrap items-baseline gap-x-2">
        <Mark kind={marks[state]} size={11} word={t(state === 'up' ? 'serverState.up' : `probes.verdict.${state}`)} quiet={state !== 'down'} />
        <b className="break-words font-semibold">{vantage}</b>
        {state !== 'unknown' && <span className="text-muted">{t('common.forTime', { time: formatDuration(now - since) })}</span>}
        <span className="text-faint">{figures.join(' · ')}</span>
      </span>
      {why !== null && <p className="break-words text-muted">{pictureText(why, language)}</p>}
      {url !== ourUrl && <p className="break-all text-faint">{url}</p>}
    </li>
  )
}
