import { useQuery } from '@tanstack/react-query'
import { FileArchive } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dossierLimits } from '../../shared/dossier.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { sameSubject } from '../../shared/subjectNames.ts'
import { formatSpan, formatStretch, zoneNameAt, zoneOf } from '../../shared/units.ts'
import { client, orpc, renew, useConnection } from '../app/client.ts'
import { useKeys } from '../app/keys.ts'
import { goToMoment, useMoment } from '../app/moment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { DossierButton } from '../fleet/DossierButton.tsx'
import { useFleetKnown, useServers } from '../fleet/fleet.ts'
import { BundleDialog } from '../history/BundleDialog.tsx'
import { ChooseSubjects } from '../history/ChooseSubjects.tsx'
import { ComparePicker } from '../history/ComparePicker.tsx'
import { readChosen, writeChosen } from '../history/chosen.ts'
import { EventsAround } from '../history/EventsAround.tsx'
import { bucketOf, Timeline } from '../history/Timeline.tsx'
import { type Bounds, panView, spanOf, type View, viewAround, viewSpans, zoomView } from '../history/timelineView.ts'
import type { TimeRange } from '../history/timeRange.ts'
import { useTimeline, useTimelineView } from '../history/useTimeline.ts'
import { useHosts } from '../hosts/useHosts.ts'
import { FiguresLine, FiguresLineSkeleton } from '../overview/FiguresLine.tsx'
import { useProbes } from '../probes/useProbes.ts'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { createValue } from '../ui/listeners.ts'
import { Mark } from '../ui/Mark.tsx'
import { engineNow, useEngineNow } from '../ui/now.ts'
import { Panel, PanelTitle } from '../ui/Panel.tsx'
import { ChosenCharts, hostChoices, probeChoices, SumCharts, SumHint, useSummed } from './HistoryCharts.tsx'

const dayMs = 86_400_000
/** Names of hosts, their parts and probes hardly change. */
const namesMs = 30_000

function useLookedAt() {
  const moment = useMoment()
  const now = useEngineNow()
  const bundle = useConnection().hello?.bundle ?? null
  const store = useQuery({ ...orpc.history.store.queryOptions(), refetchInterval: 30_000 })
  const oldest = bundle?.from ?? store.data?.from ?? null
  const latestAt = bundle?.to ?? now
  const bounds = useMemo((): Bounds => ({ from: Math.min(oldest ?? latestAt - dayMs, latestAt - 10_000), to: latestAt }), [oldest, latestAt])
  const { view, live, setView, range } = useTimelineView(moment, bounds, bundle !== null)
  const onMoment = useCallback((at: number, moving: boolean) => {
    // The right edge means now, not half a second before.
    goToMoment(at >= engineNow() - 500 ? null : at, { replace: moving })
  }, [])
  const onView = useCallback((next: View) => setView(next, next.to >= engineNow() - 1500 && spanOf(next) !== null), [setView])
  const onRange = useCallback(
    (next: TimeRange) => {
      if (next.kind === 'between') setView({ from: next.from, to: next.to })
    },
    [setView],
  )
  return {
    moment,
    at: moment ?? bounds.to,
    hasBundle: bundle !== null,
    bounds,
    view,
    live,
    range,
    setView,
    onMoment,
    onView,
    onRange,
    onBack: () => onView(zoomView(view, 2, (view.from + view.to) / 2, bounds)),
  }
}
type LookedAt = ReturnType<typeof useLookedAt>

/** The timeline's cursor is the moment of the whole window, with charts below. */
export function HistoryPage() {
  const known = useFleetKnown()
  const looked = useLookedAt()
  const [packing, setPacking] = useState(false)
  const [params, , setParams] = usePageParams()
  const chosen = useMemo(() => readChosen(params), [params])
  const { probes } = useProbes(packing ? namesMs : null)
  useTimelineKeys(looked)
  return (
    <>
      <TimelinePanel looked={looked} chosen={chosen} onExport={() => setPacking(true)} />
      {known ? <FiguresLine /> : <FiguresLineSkeleton />}
      <div className="flex min-h-0 flex-1 flex-col gap-3.5 max-[1099px]:flex-none min-[1100px]:grid min-[1100px]:grid-cols-[minmax(0,1fr)_clamp(300px,26%,460px)]">
        <ChartsPanel looked={looked} chosen={chosen} onChosen={(next) => setParams((before) => writeChosen(before, next), { replace: true })} />
        <Panel
          title={t('common.whatHappened')}
          hint={t('timeline.around')}
          className="min-h-0 max-[1099px]:h-[420px] max-[1099px]:flex-none"
          bodyClassName="overflow-y-auto"
        >
          <EventsAround moment={looked.moment} now={looked.bounds.to} onMoment={(to) => looked.onMoment(to, false)} />
        </Panel>
      </div>
      {packing && (
        <BundleDialog
          view={looked.view}
          chosen={chosen.flatMap((one) => (one.kind === 'server' || one.kind === 'stream' || one.kind === 'probe' ? [one] : []))}
          nameOfProbe={(id) => probes.find((probe) => probe.id === id)?.name ?? id}
          onClose={() => setPacking(false)}
        />
      )}
    </>
  )
}

function useTimelineKeys({ at, bounds, view, onMoment, onView }: LookedAt): void {
  const span = view.to - view.from
  const zoom = (factor: number) => onView(zoomView(view, factor, Math.min(view.to, Math.max(view.from, at)), bounds))
  const step = (share: number) => onMoment(at + span * share, true)
  useKeys('page', [
    { keys: '+', words: t('timeline.keys.in'), run: () => zoom(0.5) },
    { keys: '-', words: t('timeline.keys.out'), run: () => zoom(2) },
    { keys: 'ArrowLeft', words: t('timeline.keys.left'), run: () => step(-1 / 100) },
    { keys: 'ArrowRight', words: t('timeline.keys.right'), run: () => step(1 / 100) },
    { keys: 'PageUp', words: t('timeline.keys.back'), run: () => onView(panView(view, -span * 0.9, bounds)) },
    { keys: 'PageDown', words: t('timeline.keys.on'), run: () => onView(panView(view, span * 0.9, bounds)) },
    { keys: 'Home', words: t('timeline.keys.home'), run: () => goToMoment(bounds.from) },
    { keys: 'End', words: t('common.backToNow'), run: () => goToMoment(null) },
  ])
}

function TimelinePanel({ looked, chosen, onExport }: { readonly looked: LookedAt; readonly chosen: readonly Subject[]; readonly onExport: () => void }) {
  const servers = useServers()
  const { view, live, bounds, moment, hasBundle, onView, onMoment } = looked
  const [width, setWidth] = useState(0)
  const { timeline, failure } = useTimeline(view, width, live)
  const chosenServers = [...new Set(chosen.flatMap((one) => ('serverId' in one ? [one.serverId] : [])))].slice(0, dossierLimits.servers)
  return (
    <Panel
      className="flex-none"
      title={t('timeline.title')}
      hint={
        <>
          {spanText(view)}
          {timeline !== null && ` · ${t('timeline.hint', { width: formatSpan(bucketOf(timeline)) })}`}
        </>
      }
      actions={
        <>
          <Legend />
          <Spans looked={looked} />
          <DossierButton
            make={(how) =>
              client.dossiers.ofPeriod({
                since: Math.round(view.from),
                until: Math.round(view.to),
                ...how,
                ...(chosenServers.length > 0 && { servers: chosenServers }),
              })
            }
          />
          {!hasBundle && <Button icon={FileArchive} onClick={onExport} text={t('bundle.title')} />}
        </>
      }
    >
      <Timeline
        view={view}
        onView={onView}
        bounds={bounds}
        moment={moment}
        onMoment={onMoment}
        timeline={timeline}
        failure={failure}
        servers={servers.length}
        onWidth={setWidth}
      />
    </Panel>
  )
}

function Spans({ looked: { moment, at, bounds, view, hasBundle, setView } }: { readonly looked: LookedAt }) {
  return (
    <fieldset aria-label={t('common.timeRange')} className="flex items-center gap-1.5">
      {viewSpans.map(({ id, ms }) => (
        <Chip
          key={id}
          on={spanOf(view)?.id === id}
          onClick={() => (moment === null && id !== '10s' ? setView({ from: bounds.to - ms, to: bounds.to }, !hasBundle) : setView(viewAround(at, ms, bounds)))}
        >
          {formatSpan(ms)}
        </Chip>
      ))}
    </fieldset>
  )
}

interface ChartsPanelProps {
  readonly looked: LookedAt
  readonly chosen: readonly Subject[]
  readonly onChosen: (chosen: readonly Subject[]) => void
}
function ChartsPanel({ looked: { moment, range, onRange, onBack }, chosen, onChosen }: ChartsPanelProps) {
  const { t } = useTranslation()
  const [cursor] = useState(() => createValue<number | null>(null))
  const summed = useSummed()
  const { hosts } = useHosts(namesMs)
  const { probes } = useProbes(namesMs)
  const subjects = useMemo(() => ({ ...hostChoices(t, hosts), probes: probeChoices(t, probes) }), [t, hosts, probes])
  const onOpen = () => {
    if (moment !== null) return
    void renew('hosts')
    void renew('probes')
  }
  const charts = { range, onRange, onBack, cursor }
  return (
    <section aria-label={t('timeline.charts')} className="flex min-h-[480px] min-w-0 flex-col rounded-lg border border-line bg-surface px-3.5 pt-2.5 pb-3">
      <PanelTitle
        title={t('timeline.charts')}
        hint={chosen.length === 0 ? <SumHint summed={summed} /> : undefined}
        actions={
          <>
            <ComparePicker />
            <ChooseSubjects chosen={chosen} onChosen={onChosen} hosts={subjects.hosts} parts={subjects.parts} probes={subjects.probes} onOpen={onOpen} />
          </>
        }
      />
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto">
        {chosen.length === 0 ? (
          <SumCharts {...charts} summed={summed} />
        ) : (
          chosen.map((one) => (
            <ChosenCharts
              key={JSON.stringify(one)}
              {...charts}
              one={one}
              host={'hostId' in one ? (hosts.find(({ id }) => id === one.hostId) ?? null) : null}
              onRemove={() => onChosen(chosen.filter((other) => !sameSubject(other, one)))}
            />
          ))
        )}
      </div>
    </section>
  )
}

const spanText = ({ from, to }: View) => `${formatStretch(from, to)} ${zoneNameAt(to, zoneOf())}`

function Legend() {
  return (
    <span className="mr-2 hidden items-center gap-3 text-sm min-[1600px]:flex">
      <Mark kind="major" size={10} word={t('palette.troubles')} quiet />
      <Mark kind="critical" size={10} word={t('timeline.legendDown')} quiet />
      <Mark kind="unknown" size={10} word={t('common.noData')} quiet />
    </span>
  )
}
