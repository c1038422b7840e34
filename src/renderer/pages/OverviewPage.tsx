import { useRef } from 'react'
import { Navigate } from 'react-router'
import type { Incident } from '../../shared/incidents.ts'
import { remarkOfIncident } from '../alarms/AlarmsAbout.tsx'
import { evidenceOf } from '../alarms/alarmFigure.ts'
import { type AlarmDesk, useAlarmDesk, useAlarmKeys } from '../alarms/useAlarmDesk.tsx'
import { useConnection } from '../app/client.ts'
import { toWelcome } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { fleet, useAlarms, useFleetKnown, useFleetTick, useServers, useShownMoment } from '../fleet/fleet.ts'
import { FiguresLine, FiguresLineSkeleton } from '../overview/FiguresLine.tsx'
import { FleetMap } from '../overview/FleetMap.tsx'
import { PenaltyBox } from '../overview/PenaltyBox.tsx'
import { WhatHappened } from '../overview/WhatHappened.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Skeleton, SkeletonRows } from '../ui/Skeleton.tsx'
import { ServersWithHosts } from './ServersPage.tsx'

const columns =
  'grid min-h-[330px] flex-1 grid-cols-1 gap-4 max-[959px]:flex-none max-[959px]:auto-rows-[360px] min-[960px]:grid-cols-[minmax(0,1.62fr)_minmax(0,1fr)]'

export function OverviewPage() {
  const known = useFleetKnown()
  const servers = useServers()
  const moment = useMoment()
  const { hello } = useConnection()
  useFleetTick()
  // An empty list from a previous launch of the engine does not apply to this one.
  if (!known || (servers.length === 0 && moment === null && hello?.launch !== fleet.launch())) return <OverviewSkeleton />
  if (servers.length === 0) {
    // In the past there may have been no servers yet; the bar above shows what is stored.
    if (moment === null) return <Navigate to={toWelcome} replace />
    return <EmptyState icon={<Mark kind="unknown" size={24} />} title={t('past.nothingKept')} />
  }
  return (
    <>
      <h1 className="sr-only">{t('pages.overview')}</h1>
      <FiguresLine />
      <Troubles />
      <div className={columns}>
        <FleetMap />
        <div className="grid min-h-0 grid-rows-[minmax(0,auto)_minmax(150px,1fr)] gap-3.5">
          <ServersWithHosts />
          <WhatHappened />
        </div>
      </div>
    </>
  )
}

/** Cards say who has them. Keys act on the card under the pointer or with the focus. */
function Troubles() {
  const alarms = useAlarms()
  const past = useMoment() !== null
  const desk = useAlarmDesk()
  const pointed = useRef<Incident | null>(null)
  const moment = useShownMoment()
  const targets = () => alarms?.list.filter(({ incident }) => incident === pointed.current?.id) ?? []
  const own: AlarmDesk = { ...desk, acknowledge: (shown) => desk.forIncidents(pointed.current === null ? [] : [pointed.current.id]).acknowledge(shown) }
  useAlarmKeys(own, past ? null : targets)
  return (
    <>
      <PenaltyBox
        remarkOf={(incident) => remarkOfIncident(incident, alarms?.list ?? [])}
        evidenceOf={({ lead }) => {
          const alarm = alarms?.list.find(({ id }) => id === lead)
          return alarm ? evidenceOf(alarm, moment) : null
        }}
        onPoint={(incident) => {
          pointed.current = incident
        }}
      />
      {desk.dialog}
    </>
  )
}

function OverviewSkeleton() {
  return (
    <>
      <FiguresLineSkeleton />
      <Skeleton className="h-10 w-full flex-none rounded-lg" />
      <div className={columns}>
        <Panel title={t('overview.map')}>
          <SkeletonRows rows={10} className="h-6" />
        </Panel>
        <div className="grid min-h-0 grid-rows-2 gap-3.5">
          <Panel title={t('common.servers')}>
            <SkeletonRows rows={6} />
          </Panel>
          <Panel title={t('common.whatHappened')}>
            <SkeletonRows rows={6} />
          </Panel>
        </div>
      </div>
    </>
  )
}
