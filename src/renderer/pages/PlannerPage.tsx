import { useQueries } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { Printer } from 'lucide-react'
import { Link } from 'react-router'
import type { Language } from '../../i18n/languages.ts'
import { sizingWhyText } from '../../i18n/sizingText.ts'
import type { ShiftDocument } from '../../shared/documentPage.ts'
import type { Host } from '../../shared/hosts.ts'
import type { Unit } from '../../shared/metrics.ts'
import {
  guideScenarios,
  type Plan,
  type PlanInput,
  type Planned,
  type PlanText,
  planCosts,
  planEntries,
  planMachine,
  planStart,
  readPlanText,
} from '../../shared/planner.ts'
import type { Sizing } from '../../shared/sizing.ts'
import { formatFixed, formatNumber, formatRange, formatValue, unknownMark } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { toHost, toHosts } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { useHosts } from '../hosts/useHosts.ts'
import { ShiftPaper } from '../shift/ShiftPaper.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Field, TextField } from '../ui/Field.tsx'
import { Panel } from '../ui/Panel.tsx'
import { column } from '../ui/plainColumns.tsx'
import { Select } from '../ui/Select.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

/** Maximum number of hosts listed; others have their figures on their own pages. */
const mostHosts = 12

/** Requirements of a new machine for a load, beside the guide's scenarios and the measured cost on existing hosts. Their formulas are in docs/hosts.md. */
export function PlannerPage() {
  const [params, , setParams] = usePageParams()
  const form: PlanText = { ...planStart, ...Object.fromEntries([...params].filter(([name]) => Object.hasOwn(planStart, name))) }
  // An emptied field stays empty.
  const set = (name: keyof PlanText, value: string) =>
    setParams((before) => new URLSearchParams([...[...before].filter(([other]) => other !== name), [name, value]]), { replace: true })
  const { plan, wrong } = readPlanText(form)
  const fields = planEntries.map((name) => (
    <TextField
      key={name}
      label={t(`planner.entry.${name}`)}
      inputMode="decimal"
      autoFocus={name === 'streams'}
      value={form[name]}
      onChange={(event) => set(name, event.target.value)}
      error={wrong[name] === undefined ? null : t(`planner.wrong.${wrong[name]}`)}
    />
  ))
  return (
    <>
      <div className="flex flex-none items-center gap-2.5">
        <h1 className="mr-auto font-[650] text-xl">{t('pages.planner')}</h1>
        <Link to={toHosts} className="text-accent hover:underline">
          {t('pages.hosts')}
        </Link>
        {plan !== null && <Button icon={Printer} onClick={() => window.print()} text={t('common.print')} />}
      </div>
      <div className="grid min-h-0 flex-1 grid-cols-1 content-start gap-4 overflow-y-auto min-[960px]:grid-cols-[300px_minmax(0,1fr)]">
        <Panel title={t('planner.question')} className="self-start">
          <div className="grid grid-cols-2 items-start gap-2.5">
            {fields.slice(0, loadFields)}
            <Field className="col-span-2" label={t('planner.work')} hint={form.transcoding === 'yes' ? t('planner.transcodingHint') : undefined}>
              {(control) => (
                <Select
                  id={control.id}
                  value={form.transcoding === 'yes' ? 'transcoding' : 'relay'}
                  onChange={(work) => set('transcoding', work === 'transcoding' ? 'yes' : '')}
                  options={(['relay', 'transcoding'] as const).map((value) => ({ value, label: t(`planner.works.${value}`) }))}
                  className="w-full"
                />
              )}
            </Field>
            <p className="col-span-2 text-muted text-sm">{t('planner.prices')}</p>
            {fields.slice(loadFields)}
          </div>
        </Panel>
        <div className="flex min-w-0 flex-col gap-4">
          {plan === null ? (
            <Panel>
              <p className="text-muted">{t('planner.incomplete')}</p>
            </Panel>
          ) : (
            <ShiftPaper document={planDocument(t, language, form, plan)} />
          )}
          <OwnHosts />
        </div>
      </div>
    </>
  )
}
/** How many of the entries are of the load; the others are prices. */
const loadFields = 4

/** The load as entered and the guide's scenarios at its bit rate and readers, side by side. */
function planDocument(
  t: TFunction,
  language: Language,
  form: PlanText,
  { input, prices }: NonNullable<ReturnType<typeof readPlanText>['plan']>,
): ShiftDocument {
  const scenario = (streams: number): PlanInput => ({ ...input, streams, readers: Math.round((input.readers / input.streams) * streams), transcoding: true })
  const plans = [input, ...guideScenarios.map(scenario)].map((each) => planMachine(each))
  const costs = plans.map((plan) => planCosts(plan, prices))
  const row = (name: string, cells: readonly string[]) => [{ text: name }, ...cells.map((text) => ({ text, isNumber: true as const }))]
  const range = (planned: Planned | undefined, unit: Unit) => (planned === undefined ? unknownMark : formatRange(planned.least, planned.most, unit))
  const need = (name: PlanNeed, cell: (plan: Plan) => string) => row(t(`planner.need.${name}`), plans.map(cell))
  const cost = (part: keyof (typeof costs)[number]) =>
    row(
      t(`planner.cost.${part}`),
      costs.map((each) => (each[part] === null ? unknownMark : formatNumber(each[part], 0))),
    )
  const heads = ['', t('planner.ownLoad'), ...guideScenarios.map((count) => t('planner.scenario', { count }))]
  const entries = planEntries.flatMap((name) => (form[name].trim() === '' ? [] : `${t(`planner.entry.${name}`)}: ${form[name].trim()}`))
  const hasPrices = Object.values(prices).some((price) => price !== null)
  return {
    language,
    title: t('pages.planner'),
    cautions: [],
    lead: [[...entries, t(`planner.works.${input.transcoding ? 'transcoding' : 'relay'}`)].join(' · ')],
    figures: [],
    sections: [
      {
        id: 'needed',
        title: t('planner.needed'),
        note: t('planner.neededHint'),
        heads,
        rows: [
          need('machines', ({ machines }) => formatValue(machines, 'count')),
          need('cores', ({ cores }) => range(cores, 'count')),
          need('memory', ({ memoryBytes }) => range(memoryBytes, 'bytes')),
          need('storage', ({ storageBytes }) => formatValue(storageBytes, 'bytes')),
          need('received', ({ receivedBps }) => formatValue(receivedBps, 'bps')),
          need('sent', ({ sentBps }) => formatValue(sentBps, 'bps')),
          need('link', ({ linkBps }) => formatValue(linkBps, 'bps')),
          need('gpu', ({ gpu }) => t(`planner.gpu.${gpu}`)),
          need('coresWithGpu', ({ withGpus }) => range(withGpus?.cores, 'count')),
          need('streamsWithGpu', ({ withGpus }) => range(withGpus?.streams, 'count')),
        ],
        none: '',
      },
      ...(hasPrices
        ? [
            {
              id: 'costs',
              title: t('planner.costs'),
              note: t('planner.basedOnPrices'),
              heads,
              rows: (['machines', 'gpus', 'storage', 'power', 'total'] as const).map(cost),
              none: '',
            },
          ]
        : []),
    ],
    foot: `${t('planner.basedOnGuide')} ${t('planner.basedOnMeasured')}`,
  }
}
type PlanNeed = 'machines' | 'cores' | 'memory' | 'storage' | 'received' | 'sent' | 'link' | 'gpu' | 'coresWithGpu' | 'streamsWithGpu'

/** Cost of one more stream on the existing machines, from their own history. */
function OwnHosts() {
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
  const figure = (id: 'cpu' | 'memory' | 'network' | 'left', head: string, cell: (one: OwnHost) => string): Column<OwnHost> =>
    column(id, head, { rank: 0, width: widthOf(head, '10.0 Mbit/s'), numeric: true }, cell)
  return [
    column('name', t('common.host'), { rank: 0, width: 110, share: 1 }, ({ host }) => (
      <Link to={toHost(host.id)} className="font-medium hover:underline">
        {host.name}
      </Link>
    )),
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
