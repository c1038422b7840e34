import { Pencil, RefreshCw, X } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { contractItemText, gradeReasonText } from '../../i18n/gradeText.ts'
import { metricLabel } from '../../i18n/metricText.ts'
import { pictureText } from '../../i18n/pictureText.ts'
import { canaryServerOf } from '../../shared/canaries.ts'
import { metrics, probeMetricIds } from '../../shared/metrics.ts'
import { contentWatchOf, lastingChecks } from '../../shared/probeContent.ts'
import { type ContractDifference, type ContractItem, contractItems, type StreamContract } from '../../shared/probeGrades.ts'
import type { Probe } from '../../shared/probes.ts'
import { type Elsewhere, elsewhereVerdict } from '../../shared/remoteProbes.ts'
import { formatDuration, formatNumber, formatSpan, formatTime, formatValue } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { client } from '../app/client.ts'
import { PauseAndRemove } from '../app/editing/Removing.tsx'
import { useMoment } from '../app/moment.ts'
import { language, t } from '../app/words.ts'
import { EvidencePictures } from '../fleet/EvidencePictures.tsx'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Section } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { ProbeMark } from './ProbesTable.tsx'
import {
  codecName,
  fpsText,
  isStaleProbe,
  liveProbe,
  markOfVerdict,
  nextReadText,
  type ProbeMetric,
  type ProbeView,
  reasonKey,
  soundMessage,
  verdictAt,
} from './probeViews.ts'
import { ContentFacts, ReadingFacts } from './ReadingFacts.tsx'
import { useProbeViews } from './useProbes.ts'

const act = actThen('probes')

type Value = string | number
function written(item: ContractItem, value: Value): string {
  if (typeof value === 'string') return item === 'videoCodec' || item === 'audioCodec' ? codecName(value) : value
  switch (item) {
    case 'fps':
      return fpsText(value)
    case 'bitrateBps':
      return formatValue(value, 'bps')
    case 'gopMs':
      return formatValue(value, 'ms')
    case 'sampleRateHz':
      return `${formatNumber(value / 1000, 1)} kHz`
    default:
      return `${value} px`
  }
}
const agreedText = (item: ContractItem, agreed: NonNullable<StreamContract[ContractItem]>): string =>
  typeof agreed === 'object' ? `${written(item, agreed.least)} – ${written(item, agreed.most)}` : written(item, agreed)

interface ContractFactsProps {
  readonly probe: Probe
  readonly canChange: boolean
}
function ContractFacts({ probe, canChange }: ContractFactsProps) {
  const { id, contract, differences, reading } = probe
  const found = (item: ContractItem, { found: value }: ContractDifference) =>
    value === null ? t('probes.contract.missing') : t('probes.contract.found', { found: written(item, value) })
  const rows = contractItems.flatMap((item) => {
    const agreed = contract?.[item] ?? null
    const other = differences.find((difference) => difference.item === item)
    return agreed === null ? [] : [[contractItemText(item, language), agreedText(item, agreed), other && <b>{found(item, other)}</b>] as const]
  })
  // A probe of the configuration file, or somebody who may only look: nothing is agreed and nothing can be.
  if (contract === null && (!canChange || reading === null)) return null
  return (
    <Section title={t('probes.contract.title')}>
      {contract !== null && reading !== null && differences.length === 0 && <p className="mb-1 text-muted">{t('probes.contract.keeps')}</p>}
      <Facts rows={rows} />
      {canChange && (
        <div className="mt-1.5 flex flex-wrap gap-1.5">
          {reading !== null && <Button onClick={() => void act(client.probes.agree({ id }), t('common.saved'))}>{t('probes.contract.agree')}</Button>}
          {contract !== null && (
            <Button look="quiet" onClick={() => void act(client.probes.update({ id, change: { contract: null } }), t('common.saved'))}>
              {t('probes.contract.drop')}
            </Button>
          )}
        </div>
      )}
    </Section>
  )
}

const marks: Readonly<Record<Elsewhere['state'], MarkKind>> = { up: 'ok', down: 'major', unknown: 'unknown' }

/** Draws nothing if no remote probe reads the same stream. */
function ElsewhereFacts({ probe, now }: { readonly probe: Probe; readonly now: number }) {
  const { elsewhere } = probe
  if (elsewhere.length === 0) return null
  const known = verdictAt(liveProbe(probe), now)
  const here = probe.state === 'down' ? 'down' : probe.state === 'up' && known !== 'unknown' ? 'up' : 'unknown'
  const found = elsewhereVerdict(here, elsewhere)
  return (
    <Section title={t('probes.remote.title')}>
      {found !== null && (
        <p className="mb-1 font-medium">{t(`probes.elsewhere.${found.verdict}`, { names: new Intl.ListFormat(language).format(found.at) })}</p>
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

interface ProbeDetailsProps {
  readonly probe: Probe
  /** null: nothing can be done now. */
  readonly onEdit: (() => void) | null
  readonly onClose: () => void
  /** Open alarms about it; null: there are none. */
  readonly alarms: ReactNode | null
  readonly rules: ReactNode
  readonly charts: ReactNode
}
/** One probe at the moment shown: how it is and why, all that was measured, and its charts. To be drawn anew for another probe. */
export function ProbeDetails({ probe, onEdit, onClose, alarms, rules, charts }: ProbeDetailsProps) {
  const one = useMemo(() => [probe], [probe])
  const view = useProbeViews(one, probeMetricIds)?.[0]
  const now = useNow()
  return (
    <>
      <div className="flex items-start gap-2">
        <div className="min-w-0">
          <h2 className="break-words text-lg font-semibold">{probe.name}</h2>
          <p className="break-all text-muted">{probe.url}</p>
        </div>
        <Button look="quiet" label={t('common.close')} onClick={onClose} className="ml-auto" icon={X} />
      </div>
      {onEdit !== null && <Actions probe={probe} onEdit={onEdit} onGone={onClose} />}
      {view === undefined ? <SkeletonRows rows={8} /> : view.past ? <Then view={view} now={now} /> : <Now view={view} now={now} />}
      {view !== undefined && !view.past && <ElsewhereFacts probe={probe} now={now} />}
      {view !== undefined && <PictureAndSound key={view.past ? 'then' : 'now'} view={view} now={now} />}
      {view !== undefined && !view.past && <ContractFacts probe={probe} canChange={onEdit !== null && probe.origin === 'stored'} />}
      {alarms !== null && <Section title={t('pages.alarms')}>{alarms}</Section>}
      {view !== undefined && !view.past && probe.reading !== null && (
        <div className={isStaleProbe(view, now) ? 'stale' : ''}>
          <ReadingFacts reading={probe.reading} bitrate={probe.bitrate} checksTransport={probe.checks.includes('transport')} bySrt={/^srt:/i.test(probe.url)} />
        </div>
      )}
      <Section title={t('timeline.charts')}>{charts}</Section>
      <Section title={t('common.settings')}>
        <ProbeSettings probe={probe} />
        <p className="mt-1.5">{rules}</p>
      </Section>
    </>
  )
}

function Now({ view, now }: { readonly view: ProbeView; readonly now: number }) {
  const { probe } = view
  const { why, readAt, nextAt, gradeReasons, state } = probe
  return (
    <>
      <div className="mt-2 flex flex-wrap items-center gap-x-3">
        <ProbeMark view={view} now={now} size={13} />
        <span className="text-muted">{t('common.forTime', { time: formatDuration(now - probe.stateSince) })}</span>
        <span className="text-faint">{readAt === null ? t('common.neverRead') : t('common.readAgeAgo', { age: formatDuration(now - readAt) })}</span>
        <span className="text-faint" title={nextAt !== null && nextAt > now ? formatTime(nextAt) : undefined}>
          {nextReadText(probe, now)}
        </span>
      </div>
      {why !== null && state !== 'paused' && <p className="mt-1.5 break-words font-medium">{pictureText(why, language)}</p>}
      {probe.canary !== null && state === 'up' && <HowLate view={view} />}
      {state === 'up' && gradeReasons.length > 0 && (
        <Section title={t('probes.gradeTitle')}>
          <ul className="flex flex-col gap-1">
            {gradeReasons.map((reason) => (
              <li key={reasonKey(reason)} className="flex flex-wrap items-baseline gap-x-2">
                <Mark kind={markOfVerdict(reason.grade)} size={11} word={t(`probes.verdict.${reason.grade}`)} />
                <span>{gradeReasonText(reason, language)}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}

/** What is looked for in pictures and sound, what of it was found, and the pictures of faults. In the past only these: they were kept. */
function PictureAndSound({ view, now }: { readonly view: ProbeView; readonly now: number }) {
  const moment = useMoment()
  const { probe, past } = view
  const { id, profile, reading, readAt, lasting, state } = probe
  const watch = contentWatchOf(probe)
  const isRead = watch !== null && reading !== null && state !== 'paused'
  const none = <p className="text-muted">{t('past.noPictureText')}</p>
  if (past)
    return (
      <Section title={t('probes.content.evidence')}>
        <EvidencePictures probeId={id} from={null} to={moment} none={none} />
      </Section>
    )
  return (
    <Section title={t('probes.content.title')}>
      {watch === null ? (
        <p className="mb-1.5 text-muted">{t('probes.content.nothing')}</p>
      ) : (
        <div className="mb-1.5">
          <Facts
            rows={[
              [
                t('probes.content.lookedFor'),
                watch.checks.map((check) => t(`probes.content.checks.${check}`)).join(', '),
                profile === null ? undefined : `(${t(`probes.content.profiles.${profile}`)})`,
              ],
            ]}
          />
        </div>
      )}
      {isRead && (
        <div className={isStaleProbe(view, now) ? 'stale' : ''}>
          <ContentFacts watch={watch} reading={reading} readAt={readAt} lasting={lasting} />
        </div>
      )}
      <EvidencePictures probeId={id} from={null} to={null} title={t('probes.content.evidence')} none={null} />
    </Section>
  )
}

const lastingMetrics: ReadonlySet<ProbeMetric> = new Set(lastingChecks.map((check) => `probe.${check}Ms` as const))
/** What history holds of that moment, and nothing of now. */
function Then({ view, now }: { readonly view: ProbeView; readonly now: number }) {
  const { verdict, values } = view
  return (
    <>
      <div className="mt-2">
        <ProbeMark view={view} now={now} size={13} />
      </div>
      <Section title={t('hosts.atMoment')}>
        {values === null ? (
          verdict === 'down' ? (
            <p>{t('probes.verdict.down')}</p>
          ) : (
            <p className="hatched rounded px-2 py-1 text-muted">{t('common.noData')}</p>
          )
        ) : (
          <Facts
            rows={probeMetricIds
              // The mark says these two.
              .filter((metric) => metric !== 'probe.up' && metric !== 'probe.grade')
              .map((metric) => {
                const value = values[metric] ?? null
                // How long something lasted that was not so.
                if (value === 0 && lastingMetrics.has(metric)) return [metric, null]
                return [metricLabel(metric, language), value === null ? null : formatValue(value, metrics[metric].unit)]
              })}
          />
        )}
      </Section>
    </>
  )
}

/** Of a canary: how late it is, and whether sound and picture are together. */
function HowLate({ view: { values } }: { readonly view: ProbeView }) {
  const delayMs = values?.['probe.canaryDelay'] ?? null
  const soundMs = values?.['probe.canarySoundAhead'] ?? null
  if (delayMs === null) return null
  return (
    <p className="mt-1.5 font-medium">
      {t('probes.canaries.late', { delay: formatValue(delayMs, 'ms') })}
      {soundMs !== null && <span className="font-normal text-muted"> · {soundMessage(soundMs)}</span>}
    </p>
  )
}

function ProbeSettings({ probe }: { readonly probe: Probe }) {
  const { name, project, mode, intervalSeconds, lookSeconds, retries, origin, canary } = probe
  return (
    <Facts
      rows={[
        [t('probes.column.project'), project],
        [
          t('probes.form.mode'),
          mode === 'turns' ? t('common.everyTime', { time: formatSpan(intervalSeconds * 1000) }) : t('probes.form.modes.continuous'),
          t('probes.looks', { time: formatSpan(lookSeconds * 1000) }),
        ],
        [t('probes.form.retries'), formatNumber(retries, 0)],
        canary !== null
          ? [t('rules.column.origin'), t('probes.canaries.mark'), canaryServerOf(name, canary.protocol)]
          : [t('rules.column.origin'), origin === 'yaml' ? t('settings.yaml') : t('common.thisConsole')],
      ]}
    />
  )
}

function Actions({ probe, onEdit, onGone }: { readonly probe: Probe; readonly onEdit: () => void; readonly onGone: () => void }) {
  const { id, name, paused, origin } = probe
  return (
    <div className="mt-2 flex flex-wrap items-center gap-1.5">
      {!paused && <Button icon={RefreshCw} onClick={() => void act(client.probes.readNow({ id }))} text={t('common.readNow')} />}
      {origin === 'stored' && (
        <>
          <Button icon={Pencil} onClick={onEdit} text={t('common.edit')} />
          <PauseAndRemove
            paused={paused}
            name={name}
            onPause={(next) => void act(client.probes.update({ id, change: { paused: next } }))}
            onRemove={() => void act(client.probes.remove({ id }), t('common.removedName', { name })).then((gone) => gone && onGone())}
          />
        </>
      )}
    </div>
  )
}
