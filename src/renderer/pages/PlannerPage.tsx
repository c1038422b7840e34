import { useQueries } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { sizingWhyText } from '../../i18n/sizingText.ts'
import type { Host } from '../../shared/hosts.ts'
import type { Unit } from '../../shared/metrics.ts'
import { type PlanInput, type Planned, planMachine, readPlanText } from '../../shared/planner.ts'
import type { Sizing } from '../../shared/sizing.ts'
import { formatFixed, formatValue, unknownMark, writeValue } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { toHost, toHosts } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { type PlanForm, readPlanForm, writePlanForm } from '../hosts/planForm.ts'
import { useHosts } from '../hosts/useHosts.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Field, TextField } from '../ui/Field.tsx'
import { Figure } from '../ui/Figure.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Select } from '../ui/Select.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

/** Maximum number of hosts listed; others have their figures on their own pages. */
const mostHosts = 12

/** Requirements of a new machine for a load, beside the measured cost on existing hosts. Their formulas are in docs/hosts.md. */
export function PlannerPage() {
  const { t } = useTranslation()
  const [params, , setParams] = usePageParams()
  const form = readPlanForm(params)
  const { input, wrong } = readPlanText(form)
  const set = (change: Partial<PlanForm>) => setParams((before) => writePlanForm(before, { ...readPlanForm(before), ...change }), { replace: true })
  const error = (field: 'streams' | 'mbit' | 'readers') => {
    const validationError = wrong.find((one) => one.startsWith(field))
    return validationError === undefined ? null : t(`planner.wrong.${validationError}`)
  }
  return (
    <>
      <div className="flex flex-none items-baseline gap-2.5">
        <h1 className="font-[650] text-xl">{t('pages.planner')}</h1>
        <Link to={toHosts} className="ml-auto text-accent hover:underline">
          {t('pages.hosts')}
        </Link>
      </div>
      <div className="grid min-h-0 flex-1 grid-cols-1 content-start gap-4 overflow-y-auto min-[960px]:grid-cols-[300px_minmax(0,1fr)]">
        <Panel title={t('planner.question')} className="self-start">
          <div className="flex flex-col gap-2.5">
            <TextField
              label={t('common.streams')}
              inputMode="numeric"
              autoFocus
              value={form.streams}
              onChange={(event) => set({ streams: event.target.value })}
              error={error('streams')}
            />
            <TextField
              label={t('planner.mbit')}
              inputMode="decimal"
              value={form.mbit}
              onChange={(event) => set({ mbit: event.target.value })}
              error={error('mbit')}
            />
            <div className="grid grid-cols-[90px_minmax(0,1fr)] gap-2">
              <TextField
                label={t('common.readers')}
                inputMode="numeric"
                value={form.readers}
                onChange={(event) => set({ readers: event.target.value })}
                error={error('readers')}
              />
              <Field label={t('planner.readersOf')} hint={input !== null && form.each ? t('planner.readersAll', { count: input.readers }) : undefined}>
                {(control) => (
                  <Select
                    id={control.id}
                    value={form.each ? 'each' : 'all'}
                    onChange={(of) => set({ each: of === 'each' })}
                    options={(['each', 'all'] as const).map((value) => ({ value, label: t(`planner.of.${value}`) }))}
                    className="w-full"
                  />
                )}
              </Field>
            </div>
            <Field label={t('planner.work')} hint={form.transcoding ? t('planner.transcodingHint') : undefined}>
              {(control) => (
                <Select
                  id={control.id}
                  value={form.transcoding ? 'transcoding' : 'relay'}
                  onChange={(work) => set({ transcoding: work === 'transcoding' })}
                  options={(['relay', 'transcoding'] as const).map((value) => ({ value, label: t(`planner.works.${value}`) }))}
                  className="w-full"
                />
              )}
            </Field>
          </div>
        </Panel>
        <div className="flex min-w-0 flex-col gap-4">
          {input === null ? (
            <Panel>
              <p className="text-muted">{t('planner.incomplete')}</p>
            </Panel>
          ) : (
            <Needed input={input} />
          )}
          <OwnHosts />
        </div>
      </div>
    </>
  )
}

interface Need {
  readonly need: 'machines' | 'cores' | 'memory' | 'received' | 'sent' | 'link' | 'gpu'
  readonly amount: React.ReactNode
}
const gpuKind = { none: 'ok', consider: 'minor', recommended: 'major', needed: 'critical' } as const

function Needed({ input }: { readonly input: PlanInput }) {
  const { t } = useTranslation()
  const plan = planMachine(input)
  const figure = (value: number, unit: Unit) => <Figure value={writeValue(value, unit)} size="middle" />
  const range = ({ least, most }: Planned, unit: Unit) =>
    least === most ? (
      figure(most, unit)
    ) : (
      <>
        {figure(least, unit)} <span className="text-faint">–</span> {figure(most, unit)}
      </>
    )
  const rows: readonly Need[] = [
    { need: 'machines', amount: figure(plan.machines, 'count') },
    { need: 'cores', amount: range(plan.cores, 'count') },
    { need: 'memory', amount: range(plan.memoryBytes, 'bytes') },
    { need: 'received', amount: figure(plan.receivedBps, 'bps') },
    { need: 'sent', amount: figure(plan.sentBps, 'bps') },
    { need: 'link', amount: figure(plan.linkBps, 'bps') },
    { need: 'gpu', amount: <Mark kind={gpuKind[plan.gpu]} size={12} word={t(`planner.gpu.${plan.gpu}`)} quiet={plan.gpu === 'none'} /> },
  ]
  return (
    <Panel title={t('planner.needed')} hint={t('planner.neededHint')}>
      <dl className="grid grid-cols-[140px_minmax(0,1fr)] gap-y-1.5">
        {rows.map(({ need, amount }) => (
          <Fragment key={need}>
            <dt className="text-muted">{need === 'cores' ? t('common.cores') : need === 'gpu' ? 'GPU' : t(`planner.need.${need}`)}</dt>
            <dd>{amount}</dd>
          </Fragment>
        ))}
      </dl>
      <p className="mt-3 border-line border-t pt-2.5 text-muted text-sm">
        {input.transcoding && t('planner.basedOnGuide')} {t('planner.basedOnMeasured')}
      </p>
    </Panel>
  )
}

/** Cost of one more stream on the existing machines, from their own history. */
function OwnHosts() {
  const { t } = useTranslation()
  const language = useLanguage()
  const past = useMoment() !== null
  const { hosts, known, failed } = useHosts()
  const tied = hosts.filter(({ serverId }) => serverId !== null).slice(0, mostHosts)
  const sizings = useQueries({
    queries: past ? [] : tied.map(({ id }) => ({ ...orpc.hosts.sizing.queryOptions({ input: { id } }), staleTime: 60_000, refetchInterval: 300_000 })),
  })
  return (
    <Panel title={t('planner.own')} hint={t('planner.ownHint')}>
      {past ? (
        <p className="text-muted">{t('hosts.notThen')}</p>
      ) : failed !== null ? (
        <p className="text-muted">
          {t('common.loadingFailed')}: {failed}
        </p>
      ) : !known ? (
        <SkeletonRows rows={3} />
      ) : tied.length === 0 ? (
        <p className="text-muted">{t('planner.ownNone')}</p>
      ) : (
        <DataTable
          label={t('planner.own')}
          columns={ownColumns(t)}
          rows={tied.map((host, place) => ({ host, sizing: sizings[place]?.data }))}
          keyOf={({ host }) => host.id}
          context={null}
          span={({ sizing }) =>
            sizing && !sizing.perStream
              ? { from: 'cpu', cell: <span className="text-faint text-sm">{sizing.why === null ? unknownMark : sizingWhyText(sizing.why, language)}</span> }
              : null
          }
        />
      )}
    </Panel>
  )
}

interface OwnHost {
  readonly host: Host
  readonly sizing: Sizing | undefined
}
function ownColumns(t: TFunction): readonly Column<OwnHost>[] {
  const figure = (id: 'cpu' | 'memory' | 'network' | 'left', head: string, cell: (one: OwnHost) => string): Column<OwnHost> => ({
    id,
    head,
    rank: 0,
    width: widthOf(head, '10.0 Mbit/s'),
    numeric: true,
    cell,
  })
  return [
    {
      id: 'name',
      head: t('common.host'),
      rank: 0,
      width: 110,
      share: 1,
      cell: ({ host }) => (
        <Link to={toHost(host.id)} className="font-medium hover:underline">
          {host.name}
        </Link>
      ),
    },
    figure('cpu', t('hosts.use.cpu'), ({ sizing }) =>
      sizing?.perStream?.cpuPercent == null ? unknownMark : `${formatFixed(sizing.perStream.cpuPercent, 2)} %`,
    ),
    figure('memory', t('hosts.use.memory'), ({ sizing }) => formatValue(sizing?.perStream?.memoryBytes ?? null, 'bytes')),
    figure('network', t('hosts.use.network'), ({ sizing }) => formatValue(sizing?.perStream?.sentBps ?? null, 'bps')),
    figure('left', t('hosts.streamsLeft'), ({ sizing }) => {
      const left = sizing?.limits.flatMap(({ streamsLeft }) => streamsLeft ?? []) ?? []
      return left.length === 0 ? unknownMark : formatValue(Math.floor(Math.min(...left)), 'count')
    }),
  ]
}
