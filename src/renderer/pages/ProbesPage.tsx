import { Binoculars, Bird, Plus, Settings2, Upload } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { Link } from 'react-router'
import { gradeReasonText } from '../../i18n/gradeText.ts'
import { pictureText } from '../../i18n/pictureText.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { contentWatchOf } from '../../shared/probeContent.ts'
import type { Probe, ProbeStatus } from '../../shared/probes.ts'
import { readEveryMs } from '../../shared/probeTurns.ts'
import { probeSubject } from '../../shared/subjectNames.ts'
import { formatNumber } from '../../shared/units.ts'
import { AlarmRows, useAlarmsOfOwners } from '../alarms/AlarmsAbout.tsx'
import { AlarmKeys } from '../alarms/useAlarmDesk.tsx'
import { actThen } from '../app/act.ts'
import { fileNameOf } from '../app/actions.ts'
import { client } from '../app/client.ts'
import { FacetMenu } from '../app/FacetMenu.tsx'
import { useKeys } from '../app/keys.ts'
import { Middle, PageNotLoaded } from '../app/Loaded.tsx'
import { toProbes, toRules } from '../app/links.ts'
import { FilterChips, ListAndDetails } from '../app/lists.tsx'
import { useMoment } from '../app/moment.ts'
import { RelatedTabs } from '../app/PageTabs.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t, useLanguage } from '../app/words.ts'
import { useServers, useShownMoment } from '../fleet/fleet.ts'
import { May, useMay } from '../fleet/me.tsx'
import { NothingWatched } from '../fleet/NothingThere.tsx'
import { ChartStack } from '../history/ChartStack.tsx'
import { toHistoryOf } from '../history/chosen.ts'
import { probeLanes } from '../history/lanes.ts'
import { RangePicker } from '../history/RangePicker.tsx'
import { useTimeRange } from '../history/useTimeRange.ts'
import { CanariesDialog, CanaryDialog } from '../probes/CanariesDialog.tsx'
import { ImportDialog } from '../probes/ImportDialog.tsx'
import { ProbeDetails } from '../probes/ProbeDetails.tsx'
import { ProbeDialog } from '../probes/ProbeDialog.tsx'
import { ProbesSettingsDialog } from '../probes/ProbesSettingsDialog.tsx'
import { ProbesCsv, ProbesTable } from '../probes/ProbesTable.tsx'
import { countVerdicts, filterProbes, markOfVerdict, orderProbes, type ProbeView, verdicts } from '../probes/probeViews.ts'
import { RemoteProbeDialog, RemoteProbesDialog, useRemoteProbes } from '../probes/RemoteProbesDialog.tsx'
import { mostThen, useCanaries, useProbeStatus, useProbes, useProbeViews } from '../probes/useProbes.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { toggled } from '../ui/Chip.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { SearchField } from '../ui/SearchField.tsx'

const act = actThen('probes')

function useProbesAddress() {
  const [params, set] = usePageParams()
  const openWith = (name: string) => () => set({ [name]: true }, false)
  const lead = (from: string, to: string, value = '') => set({ [from]: null, [to]: value || true }, false)
  return {
    text: params.get('q') ?? '',
    projects: params.getAll('project'),
    wanted: verdicts.filter((verdict) => (params.get('is') ?? '').split(',').includes(verdict)),
    openId: params.get('id'),
    editedId: params.get('edit'),
    /** Empty: a new one. */
    remote: params.get('remote'),
    /** Of this server; empty: not chosen yet. */
    canary: params.get('canary'),
    dialog: (['add', 'import', 'settings', 'remotes', 'remote', 'canaries', 'canary'] as const).find((name) => params.has(name)) ?? null,
    set,
    add: openWith('add'),
    import: openWith('import'),
    settings: openWith('settings'),
    remotes: openWith('remotes'),
    canaries: openWith('canaries'),
    closeDialog: () => set({ add: null, import: null, settings: null, edit: null, remotes: null, remote: null, canaries: null, canary: null }),
    editCanary: (serverId: string) => lead('canaries', 'canary', serverId),
    closeCanary: () => lead('canary', 'canaries'),
    showReader: (id: string) => set({ canaries: null, id }),
    editRemote: (name: string) => lead('remotes', 'remote', name),
    closeRemote: () => lead('remote', 'remotes'),
    clear: () => set({ q: null, project: null, is: null }),
  }
}
type ProbesAddress = ReturnType<typeof useProbesAddress>

export function ProbesPage() {
  const past = useMoment() !== null
  const address = useProbesAddress()
  const { text, wanted, editedId, dialog } = address
  const { probes, known, failed } = useProbes()
  const status = useProbeStatus()
  const projectsText = JSON.stringify(address.projects)
  const language = useLanguage()
  const found = useMemo(() => {
    // In the past, grade reasons are read only for the probes found.
    const saidOf = ({ state, gradeReasons }: Probe) => (past || state !== 'up' ? '' : gradeReasons.map((reason) => gradeReasonText(reason, language)).join(' '))
    return filterProbes(probes, { text, projects: JSON.parse(projectsText) as string[] }, saidOf)
  }, [probes, text, projectsText, past, language])
  const views = useProbeViews(found)
  // biome-ignore lint/correctness/useExhaustiveDependencies: wanted is a new list at each render; its joined text says when it changes
  const shown = useMemo(() => orderProbes((views ?? []).filter(({ verdict }) => wanted.length === 0 || wanted.includes(verdict))), [views, wanted.join()])
  const counts = countVerdicts(views ?? [])
  const edited = probes.find((probe) => probe.id === editedId && probe.origin === 'stored') ?? null
  useKeys('page', past ? [] : [{ keys: 'n', words: t('common.addAProbe'), run: address.add }])
  return (
    <>
      <Head probes={probes} shown={shown} address={address} />
      {!past && status?.why != null && probes.length > 0 && <NoneRead why={status.why} />}
      {probes.length > 0 && (
        <div className="flex flex-none flex-wrap items-center gap-x-4 gap-y-2">
          <FilterChips
            values={verdicts}
            countOf={(verdict) => counts[verdict]}
            wanted={wanted}
            onWanted={(next) => address.set({ is: next.join(',') })}
            markOf={markOfVerdict}
            nameOf={(verdict) => t(`probes.verdict.${verdict}`)}
          />
          {past ? <AsThen found={found} /> : status !== undefined && <Totals probes={probes} status={status} />}
        </div>
      )}
      {failed !== null || !known || (views === null && probes.length > 0) ? (
        <PageNotLoaded failed={failed} rows={12} rowClass="h-7" />
      ) : probes.length === 0 ? (
        <NothingWatched title={t('probes.none')} text={t('probes.noneText')} />
      ) : (
        <Listed probes={probes} shown={shown} address={address} />
      )}
      {!past && (dialog === 'add' || edited !== null) && <ProbeDialog key={edited?.id ?? 'new'} probe={edited} onClose={address.closeDialog} />}
      {!past && dialog === 'import' && <ImportDialog onClose={address.closeDialog} />}
      {!past && dialog === 'remotes' && <RemoteProbesDialog onAdd={() => address.editRemote('')} onEdit={address.editRemote} onClose={address.closeDialog} />}
      {!past && dialog === 'remote' && <EditedRemoteProbe name={address.remote ?? ''} onClose={address.closeRemote} />}
      {!past && dialog === 'canaries' && (
        <CanariesDialog onAdd={() => address.editCanary('')} onEdit={address.editCanary} onOpen={address.showReader} onClose={address.closeDialog} />
      )}
      {!past && dialog === 'canary' && <EditedCanary serverId={address.canary ?? ''} onClose={address.closeCanary} />}
      {!past && dialog === 'settings' && status !== undefined && <ProbesSettingsDialog settings={status.settings} onClose={address.closeDialog} />}
    </>
  )
}

function RemoteProbesButton({ onClick }: { readonly onClick: () => void }) {
  const isLost = useRemoteProbes().data?.some(({ state }) => state === 'down') ?? false
  return (
    <Button onClick={onClick}>
      <Binoculars size={13} aria-hidden="true" /> {t('probes.remote.title')}
      {isLost && <Mark kind="minor" size={11} label={t('serverState.down')} />}
    </Button>
  )
}

function EditedRemoteProbe({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const remote = useRemoteProbes().data?.find((one) => one.name === name && one.origin === 'stored') ?? null
  if (name !== '' && remote === null) return null
  return <RemoteProbeDialog key={name} remoteProbe={remote} onClose={onClose} />
}

function CanariesButton({ onClick }: { readonly onClick: () => void }) {
  const isFailed = useCanaries().data?.some(({ state }) => state === 'failed') ?? false
  return (
    <Button onClick={onClick}>
      <Bird size={13} aria-hidden="true" /> {t('probes.canaries.title')}
      {isFailed && <Mark kind="minor" size={11} label={t('probes.canaries.oneFailed')} />}
    </Button>
  )
}

/** `serverId` empty: a new one. */
function EditedCanary({ serverId, onClose }: { readonly serverId: string; readonly onClose: () => void }) {
  const { data: canaries, error } = useCanaries()
  const servers = useServers()
  if (canaries === undefined && error === null) return null
  const canary = canaries?.find((one) => one.serverId === serverId) ?? null
  // Canaries of the configuration file can be changed only there.
  if (canary?.origin === 'yaml') return null
  const free = servers.filter(({ id }) => !canaries?.some((one) => one.serverId === id))
  const chosen = free.some(({ id }) => id === serverId) ? serverId : ''
  return <CanaryDialog key={`${serverId} ${canary === null}`} canary={canary} servers={free} serverId={chosen} onClose={onClose} />
}

interface HeadProps {
  readonly probes: readonly Probe[]
  readonly shown: readonly ProbeView[]
  readonly address: ProbesAddress
}
function Head({ probes, shown, address }: HeadProps) {
  const past = useMoment() !== null
  const { text, set } = address
  return (
    <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
      <h1 className="sr-only">{t('common.probes')}</h1>
      <RelatedTabs of="probes" at={toProbes} />
      {probes.length > 0 && (
        <>
          <SearchField label={t('probes.search')} width={220} text={text} onText={(q) => set({ q })} />
          <Projects probes={probes} address={address} />
        </>
      )}
      <div className="ml-auto flex items-center gap-2">
        {probes.length > 0 && <ProbesCsv views={shown} />}
        {!past && (
          <May needs="administer">
            <Button icon={Upload} onClick={address.import} text={t('probes.import')} />
            <CanariesButton onClick={address.canaries} />
            <RemoteProbesButton onClick={address.remotes} />
            <Button icon={Settings2} onClick={address.settings} text={t('common.settings')} />
            <Button icon={Plus} look="primary" onClick={address.add} text={t('common.addAProbe')} />
          </May>
        )}
      </div>
    </div>
  )
}

function Projects({ probes, address: { projects, set } }: Pick<HeadProps, 'probes' | 'address'>) {
  const counts = new Map<string, number>()
  for (const { project } of probes) counts.set(project, (counts.get(project) ?? 0) + 1)
  if (counts.size < 2 && projects.length === 0) return null
  const nameOf = (project: string) => project || t('probes.noProject')
  return (
    <FacetMenu
      label={t('probes.column.project')}
      values={[...counts].map(([value, count]) => ({ value, name: nameOf(value), count }))}
      chosen={projects}
      nameOf={nameOf}
      onToggle={(project) => set({ project: toggled(projects, project) })}
    />
  )
}

function NoneRead({ why }: { readonly why: NonNullable<ProbeStatus['why']> }) {
  return (
    <Banner kind="major" title={t('daily.noneCan')}>
      {pictureText(why, language)}
    </Banner>
  )
}

function Totals({ probes, status: { reading, late, settings } }: { readonly probes: readonly Probe[]; readonly status: ProbeStatus }) {
  const up = probes.filter(({ state }) => state === 'up').length
  return (
    <p className="flex flex-wrap gap-x-1.5 text-muted">
      <span>{t('probes.upOf', { up: formatNumber(up, 0), count: probes.length })}</span>
      <span>· {t('probes.reading', { reading: formatNumber(reading, 0), most: formatNumber(settings.atOnce, 0) })}</span>
      {late > 0 && (
        <span title={t('probes.lateHint')}>
          · <Mark kind="minor" size={11} word={t('probes.late', { count: late })} />
        </span>
      )}
    </p>
  )
}
function AsThen({ found }: { readonly found: readonly Probe[] }) {
  return (
    <p className="text-faint text-sm">
      {t('probes.thenOnly')} {found.length > mostThen && t('probes.mostThen', { count: mostThen })}
    </p>
  )
}

function Listed({ probes, shown, address }: { readonly probes: readonly Probe[]; readonly shown: readonly ProbeView[]; readonly address: ProbesAddress }) {
  const past = useMoment() !== null
  const may = useMay('administer')
  const moment = useShownMoment()
  const { text, projects, wanted, openId, set } = address
  const onOpen = useCallback((id: string) => set({ id }, false), [set])
  const close = () => set({ id: null })
  const edit = (id: string) => set({ edit: id }, false)
  const opened = probes.find(({ id }) => id === openId)
  const details =
    openId === null ? null : opened === undefined ? (
      <EmptyState title={t('common.notFound')} actions={<Button onClick={close}>{t('pages.probes')}</Button>}>
        {t('common.notFoundText')}
      </EmptyState>
    ) : (
      <Details key={opened.id} probe={opened} onEdit={past || !may ? null : () => edit(opened.id)} onClose={close} />
    )
  return (
    <ListAndDetails details={details} onClose={close}>
      {shown.length === 0 ? (
        <Middle>
          <EmptyState title={t('common.nothingFound')} actions={<Button onClick={address.clear}>{t('common.clearFilters')}</Button>} />
        </Middle>
      ) : (
        <ProbesTable
          views={shown}
          openId={openId}
          onOpen={onOpen}
          actions={past ? null : { onReadNow: ({ id }) => void act(client.probes.readNow({ id })), onEdit: ({ id }) => edit(id) }}
          occasion={`${moment} ${text} ${projects.join()} ${wanted.join()}`}
        />
      )}
    </ListAndDetails>
  )
}

function Details({ probe, onEdit, onClose }: { readonly probe: Probe; readonly onEdit: (() => void) | null; readonly onClose: () => void }) {
  const alarms = useAlarmsOfOwners([{ probeId: probe.id }])
  return (
    <ProbeDetails
      probe={probe}
      onEdit={onEdit}
      onClose={onClose}
      alarms={
        alarms.length > 0 ? (
          <>
            <AlarmRows alarms={alarms} />
            <AlarmKeys alarms={alarms} otherwise={alarms} plans />
          </>
        ) : null
      }
      rules={
        <Link to={toRules('probe.')} className="text-accent hover:underline">
          {t('alarms.tab.rules')}
        </Link>
      }
      charts={<Charts probe={probe} />}
    />
  )
}

/** Of a legible lane, and of everything around the lanes, px. */
const lanePx = 56
const aroundPx = 110
const fewLanes = 4
const contentLanes: ReadonlySet<MetricId> = new Set(['probe.motion', 'probe.contentFaults', 'probe.peak', 'probe.loudness'])
/** Approximate number with something to draw. */
const lanesOf = (probe: Probe): number =>
  probe.reading === null ? fewLanes : probeLanes.filter(({ metric }) => contentWatchOf(probe) !== null || !contentLanes.has(metric)).length
function Charts({ probe }: { readonly probe: Probe }) {
  const past = useMoment() !== null
  const { id, name } = probe
  const charts = useTimeRange(probeSubject(id))
  return (
    <>
      <div className="mb-1.5 flex flex-col items-start gap-1">
        <RangePicker {...charts} onset={!past && probe.state === 'down' ? probe.stateSince : null} />
        <Link to={toHistoryOf(charts.subject)} className="text-accent text-sm hover:underline">
          {t('pages.history')}
        </Link>
      </div>
      <div className="flex flex-col" style={{ height: aroundPx + lanesOf(probe) * lanePx }}>
        <ChartStack {...charts} lanes={probeLanes} intervalMs={readEveryMs(probe)} fileName={fileNameOf(name, '')} />
      </div>
    </>
  )
}
