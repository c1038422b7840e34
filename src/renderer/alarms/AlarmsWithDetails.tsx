import type { Alarm, AlarmState } from '../../shared/alarms.ts'
import { type Severity, severities } from '../../shared/severities.ts'
import { FacetCount, FacetMenu } from '../app/FacetMenu.tsx'
import { InBar, ListAndDetails } from '../app/lists.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { Chip, toggled } from '../ui/Chip.tsx'
import { Mark } from '../ui/Mark.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { AlarmDetails } from './AlarmDetails.tsx'
import { type AlarmFilter, isFiltered, noFilter } from './alarmFilter.ts'
import { groupOrder } from './listRows.ts'
import type { AlarmDesk } from './useAlarmDesk.tsx'

interface WithDetailsProps {
  readonly id: string | null
  /** The incident that it leads, whose details stay open whichever alarm leads it. */
  readonly incident?: string | null
  readonly at?: number | null
  readonly listed: Alarm | undefined
  readonly desk: AlarmDesk
  /** What the buttons of the details act on; left out: their alarm. */
  readonly targets?: readonly Alarm[]
  readonly actions: React.ReactNode
  readonly filters: React.ReactNode
  readonly children: React.ReactNode
}
export function WithDetails({ id, incident = null, at = null, listed, desk, targets, actions, filters, children }: WithDetailsProps) {
  const [, change] = usePageParams()
  const close = () => change({ id: null, incident: null }, false)
  return (
    <>
      <InBar>{actions}</InBar>
      {filters}
      <ListAndDetails
        details={
          id === null ? null : (
            <AlarmDetails key={`${incident ?? id} ${at === null}`} id={id} at={at} listed={listed} desk={desk} targets={targets} onClose={close} />
          )
        }
        onClose={close}
      >
        {children}
      </ListAndDetails>
    </>
  )
}

interface AlarmFiltersProps {
  readonly filter: AlarmFilter
  readonly onFilter: (filter: AlarmFilter) => void
  /** Numbers of incidents in each state; null: all are closed. */
  readonly states: Readonly<Record<AlarmState, number>> | null
  readonly severityCounts: ReadonlyMap<Severity, number>
  readonly servers: readonly { readonly value: string; readonly name: string; readonly count: number | null }[]
  readonly serverName: (id: string) => string
}
export function AlarmFilters({ filter, onFilter, states, severityCounts, servers, serverName }: AlarmFiltersProps) {
  return (
    <search className="flex min-w-0 flex-wrap items-center gap-1.5">
      <SearchField label={t('common.search')} width={200} className="mr-1" text={filter.text} onText={(text) => onFilter({ ...filter, text })} />
      {severities.map((severity) => (
        <Chip
          key={severity}
          on={filter.severities.includes(severity)}
          onClick={() => onFilter({ ...filter, severities: toggled(filter.severities, severity) })}
        >
          <Mark kind={severity} size={11} /> {t(`severity.${severity}`)} {states && <FacetCount count={severityCounts.get(severity) ?? 0} />}
        </Chip>
      ))}
      {states !== null && (
        <FacetMenu
          label={t('common.state')}
          values={groupOrder.map((state) => ({ value: state, name: t(`alarms.state.${state}`), count: states[state] }))}
          chosen={filter.states}
          nameOf={(state) => t(`alarms.state.${state as AlarmState}`)}
          onToggle={(state) => onFilter({ ...filter, states: toggled(filter.states, state as AlarmState) })}
        />
      )}
      <FacetMenu
        label={t('common.server')}
        values={servers}
        chosen={filter.serverIds}
        nameOf={(id) => servers.find(({ value }) => value === id)?.name ?? serverName(id)}
        onToggle={(value) => onFilter({ ...filter, serverIds: toggled(filter.serverIds, value) })}
      />
      {isFiltered(filter) && <Button look="quiet" onClick={() => onFilter(noFilter)} text={t('common.clearFilters')} />}
    </search>
  )
}
