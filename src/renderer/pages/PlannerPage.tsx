import { useQueries } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Unit } from '../../shared/metrics.ts'
import { guideBands, type PlanInput, type Planned, type PlanSource, planMachine, planSources, readPlanText } from '../../shared/planner.ts'
import { formatFixed, formatValue, unknownMark, writeValue } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { toHost, toHosts } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { type PlanForm, readPlanForm, writePlanForm } from '../hosts/planForm.ts'
import { useHosts } from '../hosts/useHosts.ts'
import { Field, TextField } from '../ui/Field.tsx'
import { Figure } from '../ui/Figure.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Select } from '../ui/Select.tsx'

/** More hosts than that are compared on their own pages. */
const mostHosts = 12

/** What a new machine must have for so many streams, with every formula and its source; beside it what hosts at work say. */
export function PlannerPage() {
  const { t } = useTranslation()
  const [params, setParams] = usePageParams()
  const form = readPlanForm(params)
  const { input, wrong } = readPlanText(form)
  const set = (change: Partial<PlanForm>) => setParams((before) => writePlanForm(before, { ...readPlanForm(before), ...change }), { replace: true })
  const error = (field: 'streams' | 'mbit' | 'readers') => {
    const mistake = wrong.find((one) => one.startsWith(field))
    return mistake === undefined ? null : t(`planner.wrong.${mistake}`)
  }
  return (
    <>
      <div className="flex flex-none items-baseline gap-2.5">
        <h1 className="font-[650] text-xl">{t('planner.title')}</h1>
        <span className="text-muted">{t('planner.text')}</span>
        <Link to={toHosts} className="ml-auto text-accent hover:underline">
          {t('hosts.toHosts')}
        </Link>
      </div>
      <div className="grid min-h-0 flex-1 grid-cols-1 content-start gap-4 overflow-y-auto min-[960px]:grid-cols-[300px_minmax(0,1fr)]">
        <Panel title={t('planner.question')} className="self-start">
          <div className="flex flex-col gap-2.5">
            <TextField
              label={t('planner.streams')}
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
                label={t('planner.readers')}
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
            <Field label={t('planner.work')} hint={t(form.transcoding ? 'planner.transcodingHint' : 'planner.relayHint')}>
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
          <div className="grid grid-cols-1 items-start gap-4 min-[1440px]:grid-cols-2">
            <Guide input={input} />
            <OwnHosts />
          </div>
        </div>
      </div>
    </>
  )
}

function Needed({ input }: { readonly input: PlanInput }) {
  const { t } = useTranslation()
  const plan = planMachine(input)
  const rows: readonly (readonly [string, Planned, Unit])[] = [
    [t('planner.need.machines'), plan.machines, 'count'],
    [t('planner.need.cores'), plan.cores, 'count'],
    [t('planner.need.memory'), plan.memoryBytes, 'bytes'],
    [t('planner.need.received'), plan.receivedBps, 'bps'],
    [t('planner.need.sent'), plan.sentBps, 'bps'],
    [t('planner.need.link'), plan.linkBps, 'bps'],
  ]
  const gpuKind = { none: 'ok', consider: 'minor', recommended: 'major', needed: 'critical' } as const
  return (
    <Panel title={t('planner.needed')} hint={t('planner.neededHint')}>
      <table className="deck">
        <thead>
          <tr>
            <th>{t('planner.what')}</th>
            <th>{t('planner.howMuch')}</th>
            <th>{t('planner.formula')}</th>
            <th>{t('planner.source')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, planned, unit]) => (
            <tr key={name}>
              <td className="align-top text-muted">{name}</td>
              <td className="align-top">
                {planned.least === planned.most ? (
                  <Figure value={writeValue(planned.most, unit)} size="middle" />
                ) : (
                  <>
                    <Figure value={writeValue(planned.least, unit)} size="middle" /> <span className="text-faint">{t('planner.to')}</span>{' '}
                    <Figure value={writeValue(planned.most, unit)} size="middle" />
                  </>
                )}
              </td>
              <td className="!whitespace-normal align-top text-muted text-sm">{planned.formula}</td>
              <td className="align-top text-faint text-sm">{planned.sources.map((source) => t(`planner.sources.${source}`)).join(', ')}</td>
            </tr>
          ))}
          <tr>
            <td className="align-top text-muted">{t('planner.need.gpu')}</td>
            <td className="align-top">
              <Mark kind={gpuKind[plan.gpu.advice]} size={12} word={t(`planner.gpu.${plan.gpu.advice}`)} quiet={plan.gpu.advice === 'none'} />
            </td>
            <td className="!whitespace-normal align-top text-muted text-sm">{plan.gpu.formula}</td>
            <td className="align-top text-faint text-sm">{plan.gpu.sources.map((source) => t(`planner.sources.${source}`)).join(', ')}</td>
          </tr>
        </tbody>
      </table>
      <dl className="mt-3 flex flex-col gap-1 border-line border-t pt-2.5 text-sm">
        {(Object.keys(planSources) as PlanSource[]).map((source) => (
          <div key={source}>
            <dt className="inline font-medium">{t(`planner.sources.${source}`)}: </dt>
            <dd className="inline text-muted">{planSources[source]}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

/** The guide's table as it is, with the row that was taken. */
function Guide({ input }: { readonly input: PlanInput | null }) {
  const { t } = useTranslation()
  const band = input?.transcoding ? guideBands.find(({ upTo }) => input.streams <= upTo) : undefined
  const span = (of: readonly [number, number]) => (of[0] === of[1] ? String(of[0]) : `${of[0]}–${of[1]}`)
  return (
    <Panel title={t('planner.guide')} hint={t('planner.guideHint')}>
      <table className="deck">
        <thead>
          <tr>
            <th>{t('planner.guideStreams')}</th>
            <th className="n">{t('planner.need.cores')}</th>
            <th className="n">{t('planner.guideMemory')}</th>
            <th className="pl-4">{t('planner.need.gpu')}</th>
          </tr>
        </thead>
        <tbody>
          {guideBands.map((one, place) => (
            <tr key={one.upTo} className={one === band ? 'bg-accent-soft font-medium' : ''}>
              <td className="!pl-1">
                {(guideBands[place - 1]?.upTo ?? 0) + 1}–{one.upTo}
              </td>
              <td className="n">{span(one.cores)}</td>
              <td className="n">{span(one.memoryGb)}</td>
              <td className="pl-4 text-muted">{t(`planner.gpu.${one.gpu}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

/** What the next stream costs on the machines at hand, from their own history. */
function OwnHosts() {
  const { t } = useTranslation()
  const past = useMoment() !== null
  const { hosts } = useHosts()
  const tied = hosts.filter(({ serverId }) => serverId !== null).slice(0, mostHosts)
  const sizings = useQueries({
    queries: past ? [] : tied.map(({ id }) => ({ ...orpc.hosts.sizing.queryOptions({ input: { id } }), staleTime: 60_000, refetchInterval: 300_000 })),
  })
  return (
    <Panel title={t('planner.own')} hint={t('planner.ownHint')}>
      {past || tied.length === 0 ? (
        <p className="text-muted">{t(past ? 'hosts.notThen' : 'planner.ownNone')}</p>
      ) : (
        <table className="deck">
          <thead>
            <tr>
              <th>{t('hosts.column.name')}</th>
              <th className="n">{t('hosts.use.cpu')}</th>
              <th className="n">{t('hosts.use.memory')}</th>
              <th className="n">{t('hosts.use.network')}</th>
              <th className="n">{t('hosts.streamsLeft')}</th>
            </tr>
          </thead>
          <tbody>
            {tied.map((host, place) => {
              const sizing = sizings[place]?.data
              const one = sizing?.perStream
              const left = sizing?.limits.flatMap(({ streamsLeft }) => streamsLeft ?? []) ?? []
              return (
                <tr key={host.id}>
                  <td className="max-w-[180px] truncate">
                    <Link to={toHost(host.id)} className="font-medium hover:underline">
                      {host.name}
                    </Link>
                  </td>
                  {sizing && !one ? (
                    <td colSpan={4} className="!whitespace-normal text-faint text-sm">
                      {sizing.words ?? unknownMark}
                    </td>
                  ) : (
                    <>
                      <td className="n">{one?.cpuPercent == null ? unknownMark : `${formatFixed(one.cpuPercent, 2)} %`}</td>
                      <td className="n">{formatValue(one?.memoryBytes ?? null, 'bytes')}</td>
                      <td className="n">{formatValue(one?.sentBps ?? null, 'bps')}</td>
                      <td className="n">{left.length === 0 ? unknownMark : formatValue(Math.floor(Math.min(...left)), 'count')}</td>
                    </>
                  )}
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
