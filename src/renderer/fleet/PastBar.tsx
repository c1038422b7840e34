import { useQuery } from '@tanstack/react-query'
import { FastForward, History, Hourglass, Pause, Pencil, Play, Radio, Rewind } from 'lucide-react'
import { Popover } from 'radix-ui'
import { reasonText, reasonTextOrNull } from '../../i18n/reasonText.ts'
import type { Hello } from '../../shared/access.ts'
import { type Severity, severities } from '../../shared/severities.ts'
import { formatDateTime, formatDuration, formatSpan, formatStretch, formatValue, zoneNameAt, zoneOf } from '../../shared/units.ts'
import { orpc, useConnection } from '../app/client.ts'
import { MomentPopover } from '../app/GoToPast.tsx'
import { useKeys } from '../app/keys.ts'
import { goToMoment, useMoment } from '../app/moment.ts'
import { changeSpeed, setSpeed, speeds, stepBy, togglePlay, usePlayer } from '../app/player.ts'
import { language, t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useEngineNow } from '../ui/now.ts'
import { Select } from '../ui/Select.tsx'
import { useLasting } from '../ui/timing.ts'
import { fleet, useFleetKnown, useFleetTick, useLiveAlarms, usePastStatus } from './fleet.ts'
import { nothingKnown } from './silence.ts'

const steps = [
  { ms: 60_000, back: 'shift+j', on: 'shift+l', rare: false },
  { ms: 10_000, back: 'j', on: 'l', rare: true },
  { ms: 2000, back: ',', on: '.', rare: false },
] as const

export function PastBar() {
  const moment = useMoment()
  const { hello } = useConnection()
  return moment === null ? <KeysIntoThePast /> : <Bar moment={moment} bundle={hello?.bundle ?? null} />
}

/** Keys that go back a little, to review something just seen. */
function KeysIntoThePast() {
  useKeys(
    'past',
    steps.map(({ ms, back }) => ({ keys: back, words: t('past.stepBack', { time: formatSpan(ms) }), run: () => stepBy(-ms) })),
  )
  return null
}

function Bar({ moment, bundle }: { readonly moment: number; readonly bundle: Hello['bundle'] }) {
  const { playing, speed } = usePlayer()
  useKeys('past', [
    ...(bundle === null ? [{ keys: 'Escape', words: t('common.backToNow'), run: () => goToMoment(null) }] : []),
    { keys: 'k', words: t('past.keys.play'), run: togglePlay },
    ...steps.flatMap(({ ms, back, on }) => [
      { keys: back, words: t('past.stepBack', { time: formatSpan(ms) }), run: () => stepBy(-ms) },
      { keys: on, words: t('past.stepOn', { time: formatSpan(ms) }), run: () => stepBy(ms) },
    ]),
    { keys: '>', words: t('past.keys.faster'), run: () => changeSpeed(1) },
    { keys: '<', words: t('past.keys.slower'), run: () => changeSpeed(-1) },
  ])
  const step = ({ ms, rare }: (typeof steps)[number], way: 1 | -1) => (
    <Button
      key={ms}
      onClick={() => stepBy(way * ms)}
      aria-label={t(way < 0 ? 'past.stepBack' : 'past.stepOn', { time: formatSpan(ms) })}
      className={`!px-1.5 ${rare ? 'max-[1599px]:hidden' : ''}`}
    >
      {way < 0 && ms === 60_000 && <Rewind size={12} className="max-[1439px]:hidden" aria-hidden="true" />}
      {way < 0 ? '−' : '+'}
      {formatSpan(ms)}
      {way > 0 && ms === 60_000 && <FastForward size={12} className="max-[1439px]:hidden" aria-hidden="true" />}
    </Button>
  )
  return (
    <section aria-label={t('past.keys.title')} className="past-bar flex min-h-10 flex-none flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1" data-past={moment}>
      <div className="flex min-w-0 items-center gap-2">
        <History size={16} className="past-icon flex-none" aria-hidden="true" />
        <span className="min-w-0 font-semibold">
          {bundle === null ? (
            t('past.youAreIn')
          ) : (
            <>
              <span title={t('past.bundleMade', { by: bundle.madeBy, at: formatDateTime(bundle.madeAt) })}>{t('past.bundle', { name: bundle.name })}</span>
              <span className="ml-2 font-normal text-muted">{t('past.bundleSpan', { span: formatStretch(bundle.from, bundle.to) })}</span>
            </>
          )}
        </span>
        <MomentButton moment={moment} />
      </div>
      <State moment={moment} ofBundle={bundle !== null} />
      {bundle !== null && bundle.note !== '' && (
        <span className="min-w-0 flex-1 basis-0 truncate text-muted" title={bundle.note}>
          {bundle.note}
        </span>
      )}
      {bundle === null && <NowHint />}
      <div className="ml-auto flex flex-none items-center gap-1.5">
        <fieldset className="flex items-center gap-1">
          <legend className="sr-only">{t('past.steps')}</legend>
          {steps.map((one) => step(one, -1))}
          <Button
            onClick={togglePlay}
            label={t(playing ? 'common.pause' : 'common.play')}
            aria-pressed={playing}
            className="!px-2"
            icon={playing ? Pause : Play}
          />
          <Select
            label={t('past.speed')}
            passesKeys
            value={String(speed)}
            onChange={(chosen) => setSpeed(speeds.find((one) => String(one) === chosen) ?? speed)}
            options={speeds.map((one) => ({ value: String(one), label: `${one} ×` }))}
            className="!min-h-[26px] !gap-1 !bg-raised !px-2 !py-0 !text-sm"
          />
          {[...steps].reverse().map((one) => step(one, 1))}
        </fieldset>
        {bundle === null && <Button icon={Radio} look="primary" onClick={() => goToMoment(null)} keyHint="Esc" text={t('common.backToNow')} />}
      </div>
      <NothingKnown moment={moment} />
    </section>
  )
}

/** The zone distinguishes repeated hours when clocks are set back. */
function MomentButton({ moment }: { readonly moment: number }) {
  const reading = useReading(moment)
  const weekday = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: zoneOf() }).format(moment)
  const words = `${formatDateTime(moment)} ${zoneNameAt(moment, zoneOf())}`
  return (
    <MomentPopover>
      <Popover.Trigger asChild>
        <button
          type="button"
          aria-label={t('past.change', { time: `${weekday} ${words}` })}
          className="flex flex-none items-center gap-1.5 whitespace-nowrap rounded-md border border-line-strong bg-bg px-2 py-[3px] font-semibold text-lg hover:bg-hover"
        >
          <span className="font-normal text-muted text-sm max-[1439px]:hidden">{weekday}</span>{' '}
          <span data-moment-words className={reading ? 'text-muted' : ''}>
            {words}
          </span>
          {reading ? <Hourglass size={12} className="text-faint" aria-hidden="true" /> : <Pencil size={12} className="text-faint" aria-hidden="true" />}
        </button>
      </Popover.Trigger>
    </MomentPopover>
  )
}

function State({ moment, ofBundle }: { readonly moment: number; readonly ofBundle: boolean }) {
  const { failure } = usePastStatus()
  const reading = useReading(moment)
  const now = useEngineNow()
  if (failure !== null) return <Mark kind="major" word={t('common.notAvailable', { reason: failure })} />
  return (
    <span className="min-w-0 truncate text-muted max-[1439px]:sr-only">
      {/* Announced when loading is slow; the age is not, as it changes every second. */}
      <span role="status">{reading ? t('common.loading') : ''}</span>
      {!reading && !ofBundle && `${t('common.ageAgo', { age: formatDuration(Math.max(0, now - moment)) })} · ${t('past.nothingLive')}`}
    </span>
  )
}
const patienceMs = 300
const useReading = (moment: number): boolean => useLasting(usePastStatus().shownAt !== moment, patienceMs)

/** The only live part of a window in the past, so that no alarm is missed. */
function NowHint() {
  const alarms = useLiveAlarms()
  const countOf = (severity: Severity) => alarms?.open.bySeverity[severity] ?? 0
  const found = severities.filter((severity) => countOf(severity) > 0)
  if (found.length === 0) return null
  return (
    <button type="button" onClick={() => goToMoment(null)} className="flex flex-none items-center gap-2 rounded-md px-1.5 py-0.5 hover:bg-hover" data-live-hint>
      <b className="font-semibold">{t('past.now')}</b>
      {found.map((severity) => (
        <Mark
          key={severity}
          kind={severity}
          word={
            <>
              {formatValue(countOf(severity), 'count')}
              <span className="max-[1439px]:sr-only"> {t(`severity.${severity}`)}</span>
            </>
          }
        />
      ))}
    </button>
  )
}

function NothingKnown({ moment }: { readonly moment: number }) {
  useFleetTick()
  const known = useFleetKnown()
  const { shownAt } = usePastStatus()
  const unknown = known && shownAt === moment && nothingKnown(fleet.servers())
  const store = useQuery(orpc.history.store.queryOptions({ refetchInterval: 60_000 }))
  const reason = reasonTextOrNull(fleet.consoleWhy(), language)
  if (!unknown && reason === null) return null
  const begin = store.data?.from ?? null
  const before = begin !== null && moment < begin
  return (
    <div className="flex w-full items-center gap-2 border-line border-t pt-1" role="status">
      <Mark kind="unknown" size={14} />
      <span className="min-w-0">
        {!unknown
          ? reason
          : before
            ? `${t('past.nothingKept')}. ${t('past.keptFrom', { from: formatDateTime(begin) })}`
            : (reason ?? reasonText({ kind: 'notRecorded' }, language))}
      </span>
      {unknown && before && <Button onClick={() => goToMoment(begin)}>{t('common.goToThisMoment')}</Button>}
    </div>
  )
}
