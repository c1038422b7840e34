import { Tabs } from 'radix-ui'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { consoleId } from '../../shared/subjectNames.ts'
import { consoleName } from '../../shared/subjects.ts'
import { formatDateTime } from '../../shared/units.ts'
import { AlarmLoad } from '../alarms/AlarmLoad.tsx'
import { AvailabilityReport } from '../alarms/AvailabilityReport.tsx'
import { ChannelList } from '../alarms/ChannelList.tsx'
import { MaintenanceList } from '../alarms/MaintenanceList.tsx'
import { OnAirList } from '../alarms/OnAirList.tsx'
import { OpenAlarms } from '../alarms/OpenAlarms.tsx'
import { PastAlarms } from '../alarms/PastAlarms.tsx'
import { RuleList } from '../alarms/RuleList.tsx'
import { goToMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { usePageParams, withParams } from '../app/usePageParams.ts'
import { fleet, useAlarms, useServers, useShownMoment } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { alarmTabText } from './useFoundChoices.ts'

const tabs = ['now', 'history', 'load', 'availability', 'maintenance', 'rules', 'channels'] as const

/** Open alarms with what an operator can do about them, and closed ones. */
export function AlarmsPage() {
  const { t } = useTranslation()
  const alarms = useAlarms()
  const servers = useServers()
  const at = useShownMoment()
  const [params, setParams] = usePageParams()
  const [bar, setBar] = useState<HTMLElement | null>(null)
  const tab = tabs.find((one) => one === params.get('tab')) ?? 'now'
  return (
    <>
      <h1 className="sr-only">{t('pages.alarms')}</h1>
      <Tabs.Root
        value={tab}
        onValueChange={(next) =>
          setParams((before) =>
            withParams(before, {
              tab: next === 'now' ? null : next,
              id: null,
              edit: null,
              onAir: null,
              rule: null,
              find: null,
              days: null,
              operators: null,
              period: null,
              of: null,
            }),
          )
        }
        className="flex min-h-0 flex-1 flex-col gap-2.5"
      >
        <div className="flex flex-none flex-wrap items-center gap-x-3 gap-y-2">
          <Tabs.List aria-label={t('pages.alarms')} className="flex min-w-0 gap-0.5 overflow-x-auto">
            {tabs.map((one) => (
              <Tabs.Trigger
                key={one}
                value={one}
                className="rounded-md border border-transparent px-3 py-[3px] font-medium text-muted hover:bg-hover data-[state=active]:border-line data-[state=active]:bg-raised data-[state=active]:text-text"
              >
                {t(one === 'now' && at !== null ? 'alarms.tab.moment' : alarmTabText[one])}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {/* The lists put their actions here, so that the tabs stay where they are, with the focus. */}
          <div ref={setBar} className="flex flex-wrap items-center gap-1.5 min-[700px]:ml-auto min-[700px]:flex-none" />
        </div>
        <Tabs.Content value="now" className="flex min-h-0 flex-1 flex-col gap-2.5 outline-none">
          {alarms === null ? (
            <div className="flex-1 rounded-lg border border-line bg-surface p-4">
              <SkeletonRows rows={12} />
            </div>
          ) : alarms.keptFrom !== null ? (
            <NoAlarmsKept since={alarms.keptFrom} />
          ) : (
            <OpenAlarms bar={bar} alarms={alarms} at={at} serverName={serverName} />
          )}
        </Tabs.Content>
        <Tabs.Content value="history" className="flex min-h-0 flex-1 flex-col gap-2.5 outline-none">
          {at !== null && <OfNow />}
          <PastAlarms bar={bar} open={alarms} servers={servers} serverName={serverName} />
        </Tabs.Content>
        <Tabs.Content value="load" className="flex min-h-0 flex-1 flex-col gap-2.5 outline-none">
          {at !== null ? <InPast /> : <AlarmLoad bar={bar} />}
        </Tabs.Content>
        <Tabs.Content value="availability" className="flex min-h-0 flex-1 flex-col gap-2.5 outline-none">
          <AvailabilityReport bar={bar} />
        </Tabs.Content>
        <Tabs.Content value="maintenance" className="flex min-h-0 flex-1 flex-col gap-2.5 outline-none">
          {at !== null ? (
            <InPast />
          ) : (
            <>
              <MaintenanceList bar={bar} />
              <OnAirList className="max-h-1/2 flex-none" />
            </>
          )}
        </Tabs.Content>
        <Tabs.Content value="rules" className="flex min-h-0 flex-1 flex-col gap-2.5 outline-none">
          {at !== null && <OfNow />}
          <RuleList bar={bar} alarms={alarms} />
        </Tabs.Content>
        <Tabs.Content value="channels" className="flex min-h-0 flex-1 flex-col gap-2.5 outline-none">
          {at !== null && <OfNow />}
          <ChannelList />
        </Tabs.Content>
      </Tabs.Root>
    </>
  )
}

/** That what is listed is of now although a past moment is shown. */
function OfNow() {
  const { t } = useTranslation()
  return (
    <p role="status" className="flex-none text-muted">
      {t('alarms.atMoment.ofNow')}
    </p>
  )
}

/** What is there of now only. */
function InPast() {
  const { t } = useTranslation()
  return (
    <EmptyState
      icon={<Mark kind="unknown" size={24} />}
      title={t('alarms.atMoment.nowOnly')}
      actions={<Button onClick={() => goToMoment(null)}>{t('common.backToNow')}</Button>}
    />
  )
}

const serverName = (id: string) => (id === consoleId ? consoleName : (fleet.server(id)?.name ?? id))

/** Instead of a list, at a moment of which no alarms are kept. `since`: from when on they are. */
function NoAlarmsKept({ since }: { readonly since: number }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const icon = <Mark kind="unknown" size={24} />
  const back = <Button onClick={() => goToMoment(null)}>{t('common.backToNow')}</Button>
  return (
    <EmptyState
      icon={icon}
      title={t('alarms.atMoment.since', { time: formatDateTime(since, zone) })}
      actions={
        <>
          <Button onClick={() => goToMoment(since)}>{t('common.goToThisMoment')}</Button>
          {back}
        </>
      }
    />
  )
}
