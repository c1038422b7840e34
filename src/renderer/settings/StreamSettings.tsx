import { useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { validationErrorText } from '../../i18n/validationErrorText.ts'
import { createNaming, type NameFields, templatesSchema } from '../../shared/naming.ts'
import { validationErrorOf } from '../../shared/validationErrors.ts'
import { client, orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { language, t } from '../app/words.ts'
import { linesEntered } from '../fleet/enteredLines.ts'
import { fleet, useFacts } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Field, inputClass } from '../ui/Field.tsx'
import { Panel } from '../ui/Panel.tsx'
import { textColumn } from '../ui/plainColumns.tsx'
import { useNamingSettings } from './naming.ts'
import { useSetting } from './useSetting.ts'

const linesOf = (text: string): readonly string[] => linesEntered(text).map((line) => line.trim())

/** Templates that take names of streams apart, tried on the names that there are while they are typed. */
export function NamingForm() {
  const query = useNamingSettings()
  return (
    <Panel title={t('naming.title')}>
      <Loaded query={query} rows={3}>
        {(settings) => <Templates {...settings} />}
      </Loaded>
    </Panel>
  )
}

function Templates({ templates, ofFile }: NonNullable<ReturnType<typeof useNamingSettings>['data']>) {
  const queryClient = useQueryClient()
  const { entry, enter, failure, save } = useSetting<string>()
  const shown = entry ?? templates.join('\n')
  const read = templatesSchema.safeParse(linesOf(shown))
  const [issue] = read.error?.issues ?? []
  const line = typeof issue?.path[0] === 'number' ? `${issue.path[0] + 1}: ` : ''
  const error = issue === undefined ? null : `${line}${validationErrorText(validationErrorOf(issue), language)}`
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (!read.success) return
        void save(async () => queryClient.setQueryData(orpc.streams.naming.queryKey(), await client.streams.keepNaming({ templates: read.data })))
      }}
    >
      <Field label={t('naming.templates')} hint={ofFile ? t('naming.ofFile') : t('naming.hint')} error={error} className="max-w-[720px]">
        {(control) => (
          <textarea
            {...control}
            rows={Math.min(8, Math.max(3, shown.split('\n').length))}
            spellCheck={false}
            disabled={ofFile}
            value={shown}
            onChange={(event) => enter(event.target.value)}
            className={`${inputClass} font-mono`}
          />
        )}
      </Field>
      {failure !== null && <p className="font-medium text-critical">{t('common.failedReason', { reason: failure })}</p>}
      {!ofFile && (
        <div>
          <Button type="submit" look="primary" disabled={entry === null || !read.success} text={t('common.save')} />
        </div>
      )}
      {read.success && read.data.length > 0 && <Trial templates={read.data} />}
    </form>
  )
}

/** So many names are tried: each keystroke tries all of them. */
const mostTried = 10_000
const mostShown = 20

interface Example {
  readonly name: string
  readonly values: NameFields
}
const nameOf = ({ name }: Example) => name

function Trial({ templates }: { readonly templates: readonly string[] }) {
  const { t } = useTranslation()
  const facts = useFacts()
  const key = useDeferredValue(templates.join('\n'))
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change in place; facts says when
  const trial = useMemo(() => tryOn([...new Set(fleet.rows().map((row) => row.facts.path))], key.split('\n')), [facts, key])
  const columns = useMemo(
    () => [
      textColumn('name', t('common.name'), nameOf, { rank: 0, width: 180, share: 1, className: '' }),
      ...trial.fields.map((field, index) =>
        textColumn(`${index} ${field}`, field, ({ values }: Example) => (Object.hasOwn(values, field) ? (values[field] ?? '') : ''), {
          rank: index + 1,
          width: 90,
          share: 1,
          className: '',
        }),
      ),
    ],
    [trial.fields, t],
  )
  if (trial.tried === 0) return <p className="text-faint">{t('naming.nothingToTry')}</p>
  return (
    <div className="grid gap-2">
      <p aria-live="polite">{t('naming.read', { count: trial.read, all: trial.tried })}</p>
      {trial.examples.length > 0 && (
        <div className="max-w-[960px]">
          <DataTable label={t('naming.title')} columns={columns} rows={trial.examples} keyOf={nameOf} context={null} />
        </div>
      )}
      {trial.others.length > 0 && (
        <details>
          <summary className="cursor-pointer text-muted">{t('naming.unread')}</summary>
          <ul className="mt-1 text-muted text-sm">
            {trial.others.map((name) => (
              <li key={name} className="max-w-[720px] truncate" title={name}>
                {name}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function tryOn(names: readonly string[], templates: readonly string[]) {
  const naming = createNaming(templates)
  const tried = names.slice(0, mostTried)
  const results = tried.map((name) => ({ name, values: naming.read(name) }))
  const read = results.flatMap(({ name, values }) => (values === null ? [] : [{ name, values }]))
  return {
    tried: tried.length,
    read: read.length,
    fields: naming.fields.map(({ name }) => name),
    examples: read.slice(0, mostShown),
    others: results.flatMap(({ name, values }) => (values === null ? [name] : [])).slice(0, mostShown),
  }
}
