import { Printer } from 'lucide-react'
import { Link } from 'react-router'
import type { ShiftDocument } from '../../shared/documentPage.ts'
import type { Unit } from '../../shared/metrics.ts'
import {
  guideScenarios,
  type Plan,
  type PlanEntry,
  type PlanInput,
  type PlanText,
  planCosts,
  planLoad,
  planMachine,
  planPrices,
  planStart,
  readPlanText,
} from '../../shared/planner.ts'
import { formatNumber, formatRange, formatValue, unknownMark } from '../../shared/units.ts'
import { toHosts } from '../app/links.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { ShiftPaper } from '../shift/ShiftPaper.tsx'
import { Button } from '../ui/Button.tsx'
import { Field, TextField } from '../ui/Field.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Select } from '../ui/Select.tsx'

/** Requirements of a new machine, beside the guide's scenarios. Formulas: docs/hosts.md. */
export function PlannerPage() {
  const [params, , setParams] = usePageParams()
  const form: PlanText = { ...planStart, ...Object.fromEntries([...params].filter(([name]) => Object.hasOwn(planStart, name))) }
  const set = (name: keyof PlanText, value: string) =>
    setParams((before) => new URLSearchParams([...[...before].filter(([other]) => other !== name), [name, value]]), { replace: true })
  const { plan, wrong } = readPlanText(form)
  const entryField = (name: PlanEntry) => {
    const why = wrong.get(name)
    return (
      <TextField
        key={name}
        label={t(`planner.entry.${name}`)}
        inputMode="decimal"
        autoFocus={name === 'streams'}
        value={form[name]}
        onChange={(event) => set(name, event.target.value)}
        error={why === undefined ? null : t(`planner.wrong.${why}`)}
      />
    )
  }
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
            {planLoad.map(entryField)}
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
            {planPrices.map(entryField)}
          </div>
        </Panel>
        <div className="flex min-w-0 flex-col gap-4">
          {plan === null ? (
            <Panel>
              <p className="text-muted">{t('planner.incomplete')}</p>
            </Panel>
          ) : (
            <ShiftPaper document={planDocument(form, plan)} />
          )}
        </div>
      </div>
    </>
  )
}

/** The load as entered and the guide's scenarios at its bit rate and readers, side by side. */
function planDocument(form: PlanText, input: PlanInput): ShiftDocument {
  const plans = [input, ...guideScenarios.map((streams) => ({ ...input, streams, transcoding: true }))].map((each) => planMachine(each))
  const costs = plans.map((plan) => planCosts(plan, input))
  const row = (name: string, cells: readonly string[]) => [{ text: name }, ...cells.map((text) => ({ text, isNumber: true as const }))]
  const range = ({ least, most }: Plan['cores'], unit: Unit) => formatRange(least, most, unit)
  const need = (name: string, cell: (plan: Plan) => string) => row(name, plans.map(cell))
  const cost = (part: keyof (typeof costs)[number]) =>
    row(
      t(`planner.cost.${part}`),
      costs.map((each) => (each[part] === null ? unknownMark : formatNumber(each[part], 0))),
    )
  const heads = ['', t('planner.ownLoad'), ...guideScenarios.map((count) => t('planner.scenario', { count }))]
  const entries = [...planLoad, ...planPrices].flatMap((name) => (form[name].trim() === '' ? [] : `${t(`planner.entry.${name}`)}: ${form[name].trim()}`))
  const needed = {
    id: 'needed',
    title: t('planner.needed'),
    note: t('planner.neededHint'),
    heads,
    rows: [
      need(t('planner.need.machines'), ({ machines }) => formatValue(machines, 'count')),
      need(t('planner.need.cores'), ({ cores }) => range(cores, 'count')),
      need(t('planner.need.memory'), ({ memoryBytes }) => range(memoryBytes, 'bytes')),
      need(t('planner.need.storage'), ({ storageBytes }) => formatValue(storageBytes, 'bytes')),
      need(t('planner.need.received'), ({ receivedBps }) => formatValue(receivedBps, 'bps')),
      need(t('planner.need.sent'), ({ sentBps }) => formatValue(sentBps, 'bps')),
      need(t('planner.need.link'), ({ linkBps }) => formatValue(linkBps, 'bps')),
      need(t('planner.need.gpu'), ({ gpu }) => t(`planner.gpu.${gpu}`)),
    ],
    none: '',
  }
  const costRows = (['machines', 'gpus', 'storage', 'power', 'total'] as const).map(cost)
  const paid = { id: 'costs', title: t('planner.costs'), note: t('planner.basedOnPrices'), heads, rows: costRows, none: '' }
  return {
    language,
    title: t('pages.planner'),
    cautions: [],
    lead: [[...entries, t(`planner.works.${input.transcoding ? 'transcoding' : 'relay'}`)].join(' · ')],
    figures: [],
    sections: planPrices.some((price) => input[price] !== null) ? [needed, paid] : [needed],
    foot: `${t('planner.basedOnGuide')} ${t('planner.basedOnMeasured')}`,
  }
}
