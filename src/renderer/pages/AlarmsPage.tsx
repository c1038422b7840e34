import { Tabs } from 'radix-ui'
import { useState } from 'react'
import { Link } from 'react-router'
import { consoleId } from '../../shared/subjectNames.ts'
import { consoleName } from '../../shared/subjects.ts'
import { formatDateTime } from '../../shared/units.ts'
import { AlarmLoad } from '../alarms/AlarmLoad.tsx'
import { AvailabilityReport } from '../alarms/AvailabilityReport.tsx'
import { ChannelList } from '../alarms/Channels.tsx'
import { OpenAlarms } from '../alarms/OpenAlarms.tsx'
import { PastAlarms } from '../alarms/PastAlarms.tsx'
import { MaintenanceList, OnAirList } from '../alarms/PlanLists.tsx'
import { RuleList } from '../alarms/RuleList.tsx'
import { NotLoaded } from '../app/Loaded.tsx'
import { toHandover } from '../app/links.ts'
import { ListBar } from '../app/lists.tsx'
import { goToMoment } from '../app/moment.ts'
import { tabClass } from '../app/PageTabs.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { fleet, useAlarms, useServers, useShownMoment } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { alarmTabText } from './foundChoices.tsx'
import { NowAlone } from './ofSubject.tsx'

const tabs = ['now', 'history', 'load', 'availability', 'maintenance', 'rules', 'channels'] as const

const ofTabs = { id: null, edit: null, onAir: null, rule: null, find: null, days: null, operators: null, period: null, of: null }
/** Tabs that list what is of now, even while a past moment is shown; others are not shown then. */
const ofNowToo: ReadonlySet<string> = new Set(['history', 'rules', 'channels'])
const ofNowOnly: ReadonlySet<string> = new Set(['load', 'maintenance'])

export function AlarmsPage() {
  const alarms = useAlarms()
  const servers = useServers()
  const at = useShownMoment()
  const [params, change] = usePageParams()
  const [bar, setBar] = useState<HTMLElement | null>(null)
  const tab = tabs.find((one) => one === params.get('tab')) ?? 'now'
  const past = at !== null
  const panes: Readonly<Record<(typeof tabs)[number], React.ReactNode>> = {
    now:
      alarms === null ? (
        <NotLoaded error={null} rows={12} framed />
      ) : alarms.keptFrom !== null ? (
        <NoAlarmsKept since={alarms.keptFrom} />
      ) : (
        <OpenAlarms alarms={alarms} at={at} serverName={serverName} />
      ),
    history: <PastAlarms open={alarms} servers={servers} serverName={serverName} />,
    load: <AlarmLoad />,
    availability: <AvailabilityReport />,
    maintenance: (
      <>
        <MaintenanceList />
        <OnAirList className="max-h-1/2 flex-none" />
      </>
    ),
    rules: <RuleList />,
    channels: <ChannelList />,
  }
  return (
    <>
      <h1 className="sr-only">{t('pages.alarms')}</h1>
      <Tabs.Root
        value={tab}
        onValueChange={(next) => change({ ...ofTabs, tab: next === 'now' ? null : next }, false)}
        className="flex min-h-0 flex-1 flex-col gap-2.5"
      >
        <div className="flex flex-none flex-wrap items-center gap-x-3 gap-y-2">
          <Tabs.List aria-label={t('pages.alarms')} className="flex min-w-0 gap-0.5 overflow-x-auto">
            {tabs.map((one) => (
              <Tabs.Trigger key={one} value={one} className={tabClass}>
                {t(one === 'now' && past ? 'alarms.tab.moment' : alarmTabText[one])}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <div className="flex flex-wrap items-center gap-1.5 min-[700px]:ml-auto min-[700px]:flex-none">
            <div ref={setBar} className="contents" />
            {tab === 'now' && !past && (
              <Link to={toHandover} className="rounded-md border border-line-strong px-2.5 py-1 hover:bg-hover">
                {t('shift.handOver')}
              </Link>
            )}
          </div>
        </div>
        <ListBar value={bar}>
          {tabs.map((one) => (
            <Tabs.Content key={one} value={one} className="flex min-h-0 flex-1 flex-col gap-2.5 outline-none">
              {past && ofNowToo.has(one) && <OfNow />}
              {past && ofNowOnly.has(one) ? <NowAlone /> : panes[one]}
            </Tabs.Content>
          ))}
        </ListBar>
      </Tabs.Root>
    </>
  )
}

function OfNow() {
  return (
    <p role="status" className="flex-none text-muted">
      {t('alarms.atMoment.ofNow')}
    </p>
  )
}

const serverName = (id: string) => (id === consoleId ? consoleName : (fleet.server(id)?.name ?? id))

function NoAlarmsKept({ since }: { readonly since: number }) {
  const icon = <Mark kind="unknown" size={24} />
  const back = <Button onClick={() => goToMoment(null)}>{t('common.backToNow')}</Button>
  return (
    <EmptyState
      icon={icon}
      title={t('alarms.atMoment.since', { time: formatDateTime(since) })}
      actions={
        <>
          <Button onClick={() => goToMoment(since)}>{t('common.goToThisMoment')}</Button>
          {back}
        </>
      }
    />
  )
}
