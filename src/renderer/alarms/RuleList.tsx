import { Download, Plus } from 'lucide-react'
import { useCallback, useMemo, useRef } from 'react'
import { Link } from 'react-router'
import type { Language } from '../../i18n/languages.ts'
import { rehearsalText, ruleName, unrehearsedText } from '../../i18n/ruleText.ts'
import type { Rehearsal, RehearsedAlarm } from '../../shared/rehearsal.ts'
import { type Rule, type RuleInput, ruleOrigins } from '../../shared/rules.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { severities } from '../../shared/severities.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatDateTime, formatDuration, formatSpan, formatValue } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { saveFile } from '../app/actions.ts'
import { client, renew } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { atMoment, toSubject } from '../app/links.ts'
import { InBar, ListAndDetails, ListSearch } from '../app/lists.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { useTrial } from '../app/useTrial.ts'
import { language, t, useInLanguage, useLanguage } from '../app/words.ts'
import { May } from '../fleet/me.tsx'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { useRules } from '../fleet/useRules.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { type Grouped, groupedColumns, groupedRows, groupedTable, groupRowClass } from '../ui/GroupHeading.tsx'
import { InSight } from '../ui/InSight.tsx'
import { Mark } from '../ui/Mark.tsx'
import { engineNow } from '../ui/now.ts'
import { column, figureColumn, textColumn } from '../ui/plainColumns.tsx'
import { isChangeable, RuleDetails } from './RuleDetails.tsx'
import { madeId, type RuleEntries, readRule, ruleEntries, ruleFields } from './ruleForm.ts'
import { type RuleGroup, ruleGroup, ruleGroups, ruleGroupText, ruleOriginText, scopeText, severitiesOf, whenText } from './ruleKindsShown.ts'

const rowPx = 42

type Row = Grouped<Rule, RuleGroup>
interface Context {
  readonly openId: string | null
}

/** The rules in force, by what they watch. Search and open rule are stored in the address. */
export function RuleList() {
  return (
    <Loaded query={useRules()} rows={12} failed="alarms.notRead" framed>
      {(rules) => <Listed rules={rules} />}
    </Loaded>
  )
}

function Listed({ rules }: { readonly rules: readonly Rule[] }) {
  const tag = useLanguage()
  const [params, change] = usePageParams()
  const text = params.get('find') ?? ''
  const openId = params.get('rule')
  const editedId = params.get('edit')
  const found = useMemo(() => rules.filter(searchTest(text, tag)), [rules, text, tag])
  const rows = useMemo(() => groupedRows(found, ruleGroups, ruleGroup), [found])
  const columns = useInLanguage(() => groupedColumns(columnsOf()))
  const context = useMemo(() => ({ openId }), [openId])
  const onOpen = useCallback((row: Row) => 'item' in row && change({ rule: row.item.id }, false), [change])
  const onFind = (find: string) => change({ find })
  const close = () => change({ rule: null }, false)
  const edit = (id: string | null) => change({ edit: id }, false)
  const opened = rules.find(({ id }) => id === openId)
  const edited = rules.find((rule) => rule.id === editedId && isChangeable(rule)) ?? null
  const details =
    openId === null ? null : opened === undefined ? (
      <EmptyState title={t('common.notFound')} />
    ) : (
      <RuleDetails key={openId} rule={opened} onEdit={() => edit(openId)} onClose={close} />
    )
  return (
    <>
      <InBar>
        <span className="mr-1 text-faint text-sm">{t('rules.count', { count: found.length })}</span>
        <May needs="administer">
          <Button icon={Plus} look="primary" onClick={() => edit('new')} text={t('rules.form.add')} />
        </May>
        <Button icon={Download} onClick={() => void act(saveYaml())} disabled={!rules.some((rule) => rule.edited !== null)}>
          YAML
        </Button>
      </InBar>
      <ListSearch text={text} onText={onFind} />
      <ListAndDetails details={details} onClose={close}>
        <DataTable
          label={t('alarms.tab.rules')}
          columns={columns}
          rows={rows}
          {...groupedTable('name', idOf, (group: RuleGroup) => t(ruleGroupText[group]))}
          context={context}
          rowPx={rowPx}
          onOpen={onOpen}
          rowClass={rowClass}
          empty={<EmptyState title={t('common.noMatch')} actions={<Button onClick={() => onFind('')}>{t('common.clearFilters')}</Button>} />}
        />
      </ListAndDetails>
      {(editedId === 'new' || edited !== null) && <RuleDialog key={editedId} edited={edited} onClose={() => edit(null)} />}
    </>
  )
}

/** Saves what was entered in the console as a part of a configuration file. */
async function saveYaml(): Promise<void> {
  const { yaml } = await client.rules.exportYaml()
  await saveFile('rules.yaml', yaml, 'application/yaml')
}

const idOf = ({ id }: Rule) => id
function rowClass(row: Row, { openId }: Context): string {
  if (!('item' in row)) return groupRowClass
  return row.item.id === openId ? 'bg-accent-soft' : ''
}

function searchTest(text: string, language: Language): (rule: Rule) => boolean {
  const words = searchTerms(text)
  return (rule) => {
    if (words.length === 0) return true
    const { id, watches, scope, origin, runbook, exceptions } = rule
    const metric = 'metric' in watches ? watches.metric : ''
    const parts = [id, ruleName(rule, language), whenText(watches), metric, scopeText(scope), t(ruleOriginText[origin]), runbook]
    const said = searchText([...parts, ...exceptions.flatMap((exception) => [exception.reason, scopeText(exception.scope)])].join(' '))
    return words.every((word) => said.includes(word))
  }
}

function columnsOf(): readonly Column<Rule, Context>[] {
  const head = (id: 'when' | 'onDelay' | 'offDelay' | 'origin') => t(`rules.column.${id}`)
  const delay = (id: 'onDelay' | 'offDelay', rank: number, of: (rule: Rule) => number): Column<Rule, Context> =>
    textColumn(id, head(id), (rule) => formatSpan(of(rule)), {
      ...{ rank, width: widthOf(head(id), formatSpan(600_000)), sortable: false },
    })
  return [
    column('name', t('common.rule'), { rank: 0, width: 200, wraps: true, share: 2 }, (rule) => {
      const name = ruleName(rule, language)
      return (
        <span title={`${name} (${rule.id})`}>
          <span className={rule.enabled ? 'font-medium' : 'text-muted'}>{name}</span>
          {rule.name === undefined && <span className="text-faint text-sm"> {rule.id}</span>}
        </span>
      )
    }),
    textColumn('when', head('when'), ({ watches }) => whenText(watches), {
      ...{ wraps: true, rank: 0, width: 210, share: 3, sortable: false },
    }),
    {
      id: 'severity',
      head: t('alarms.column.severity'),
      rank: 1,
      width: 36 + widthOf(...severities.map((one) => t(`severity.${one}`))),
      cell: (rule) => {
        if (!rule.enabled) return <span className="text-muted">{t('rules.off')}</span>
        const levels = severitiesOf(rule)
        const worst = levels.at(-1)
        if (worst === undefined) return null
        return (
          <span className="inline-flex items-center gap-1">
            {levels.slice(0, -1).map((severity) => (
              <Mark key={severity} kind={severity} label={t(`severity.${severity}`)} />
            ))}
            <SeverityMark severity={worst} />
          </span>
        )
      },
    },
    delay('onDelay', 2, ({ onDelayMs }) => onDelayMs),
    delay('offDelay', 5, ({ offDelayMs }) => offDelayMs),
    textColumn('scope', t('maintenance.form.for'), ({ scope }) => scopeText(scope), {
      ...{ wraps: true, rank: 4, width: 100, share: 1, sortable: false },
    }),
    {
      id: 'origin',
      head: head('origin'),
      rank: 3,
      width: Math.max(...ruleOrigins.map((one) => widthOf(t(ruleOriginText[one]))), widthOf(head('origin'))),
      cell: ({ origin }) => <span className={origin === 'shipped' ? 'text-faint' : 'font-medium'}>{t(ruleOriginText[origin])}</span>,
    },
    figureColumn('exceptions', t('common.exceptions'), ({ exceptions }) => exceptions.length, {
      ...{ rank: 6, width: widthOf(t('common.exceptions')), sortable: false },
      write: (count) => <span className={count === 0 ? 'text-faint' : ''}>{formatValue(count, 'count')}</span>,
    }),
  ]
}

const weekMs = 7 * 86_400_000
const mostListed = 50

/** Adds a rule (`edited` null) or edits one, and can rehearse it on the last week. Fields left empty remain unchanged. */
function RuleDialog({ edited, onClose }: { readonly edited: Rule | null; readonly onClose: () => void }) {
  const { trial, run } = useTrial<Rehearsal, RuleEntries>()
  /** Time of the rule's last edit when the dialog was opened, or when a conflict was last reported. */
  const openedAt = useRef(edited?.edited?.at ?? null)
  const { data: rules = [] } = useRules()
  const read = (entered: RuleEntries) => readRule({ ...entered, id: entered.id.trim() || madeId(entered, new Set(rules.map(({ id }) => id))) }, edited)
  const save = async (input: RuleInput) => {
    const { id, ...change } = input
    try {
      await (edited === null ? client.rules.add(input) : client.rules.update({ id, change, openedAt: openedAt.current }))
    } catch (error) {
      // A conflict is reported: saving again overwrites it.
      const now = await client.rules.list().catch(() => null)
      if (now !== null) openedAt.current = now.find((rule) => rule.id === id)?.edited?.at ?? null
      throw error
    } finally {
      await renew('rules')
    }
  }
  const rehearse = async (entered: RuleEntries, rule: RuleInput | null) => {
    if (rule !== null) await run(entered, (signal) => client.rules.rehearse({ rule, from: engineNow() - weekMs }, { signal }))
  }
  return (
    <SendDialog
      at="side"
      title={edited === null ? t('rules.form.add') : t('common.editName', { name: ruleName(edited, language) })}
      description={edited === null ? undefined : t('rules.form.emptyStays')}
      submit={t(edited === null ? 'common.add' : 'common.save')}
      fields={ruleFields(edited)}
      start={ruleEntries(edited)}
      read={read}
      send={save}
      actions={(entered, input) => (
        <Button onClick={() => void rehearse(entered, input())} disabled={trial.state === 'running'} text={t('rules.form.rehearse')} />
      )}
      onClose={onClose}
    >
      {(entered) => (
        <>
          {trial.state === 'failed' && trial.of === entered && <p className="font-medium text-critical">{t('common.failedReason', { reason: trial.words })}</p>}
          {trial.state === 'done' && trial.of === entered && (
            <InSight when={trial.result}>
              <Rehearsed result={trial.result} />
            </InSight>
          )}
        </>
      )}
    </SendDialog>
  )
}

function Rehearsed({ result }: { readonly result: Rehearsal }) {
  const { alarms, total } = result.after
  const listed = alarms.slice(-mostListed).reverse()
  return (
    <section aria-label={t('rules.form.rehearse')} role="status" className="rounded-lg border border-line bg-bg px-3 py-2">
      <h3 className="mb-1 font-semibold">{t('rules.form.rehearse')}</h3>
      <p>{rehearsalText(result, language)}</p>
      {result.unrehearsed.map((remark) => (
        <p key={remark.kind} className="text-muted">
          {unrehearsedText(remark, language)}
        </p>
      ))}
      <ol className="mt-1 flex flex-col gap-0.5">
        {listed.map((alarm) => (
          <RehearsedRow key={`${alarm.start} ${alarm.serverName} ${partOf(alarm.subject)}`} alarm={alarm} />
        ))}
      </ol>
      {total > listed.length && <p className="text-muted">{t('common.more', { count: total - listed.length })}</p>}
    </section>
  )
}

function RehearsedRow({ alarm: { subject, serverName, severity, start, end } }: { readonly alarm: RehearsedAlarm }) {
  const part = partOf(subject)
  return (
    <li className="flex min-w-0 items-baseline gap-2">
      <SeverityMark severity={severity} />
      <Link to={atMoment(toSubject(subject), start)} className="min-w-0 truncate text-accent hover:underline">
        {formatDateTime(start)} · {part === null ? serverName : `${part} · ${serverName}`}
      </Link>
      <span className="ml-auto flex-none text-muted">{end === null ? t('rules.form.lasts') : formatDuration(end - start)}</span>
    </li>
  )
}
