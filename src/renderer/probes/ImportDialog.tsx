import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { validationErrorText } from '../../i18n/validationErrorText.ts'
import { contentProfiles, probeChecks } from '../../shared/probeContent.ts'
import { deviceColumns, type ImportedProbes, type ListPreview, type ListValidationError, longestProbeList, probeColumns } from '../../shared/probes.ts'
import { formatNumber } from '../../shared/units.ts'
import { ChooseFile } from '../app/ChooseFile.tsx'
import { client, orpc, renew } from '../app/client.ts'
import { FormFrame } from '../app/editing/FormFrame.tsx'
import { useValidationErrors } from '../app/editing/useValidationErrors.ts'
import { failureText } from '../app/failureText.ts'
import { csvOfFile } from '../app/listFile.ts'
import { language, t } from '../app/words.ts'
import { Field, inputClass } from '../ui/Field.tsx'
import { InSight } from '../ui/InSight.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Tick } from '../ui/Tick.tsx'
import { useSettled } from '../ui/timing.ts'

/** Words of the format, which are the same in every language. */
const columnsLine = probeColumns.join(',')
const valuesLines = ['mode: turns | continuous; paused: true | false', `profile: ${contentProfiles.join(' | ')}`, `checks: ${probeChecks.join(' ')}`] as const
const templateExample = 'rtsp://{user}:{password}@{address}/Streaming/Channels/{channel}'
const example = 'name,url,project\ncam1,rtsp://10.0.0.9/cam1,north'

/** Adds and changes probes from a CSV list, pasted or from a file. With a mistake in it nothing is changed, and each is named by line and column. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [csv, setCsv] = useState('')
  const [template, setTemplate] = useState('')
  const { wrong, form, refuse, forget } = useValidationErrors()
  const [allowsThisMachine, setAllowsThisMachine] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const [imported, setImported] = useState<ImportedProbes | null>(null)
  const say = (said: string) => refuse({ csv: { said } })
  const tooLong = () => say(t('probes.list.tooLong', { most: formatNumber(longestProbeList, 0) }))
  const input = { csv, template, allowsThisMachine }
  const settled = useSettled(JSON.stringify(input))
  const { data } = useQuery({
    ...orpc.probes.import.queryOptions({ input: { ...(JSON.parse(settled) as typeof input), preview: true } }),
    enabled: csv.trim() !== '' && csv.length <= longestProbeList,
    retry: false,
    // It holds passwords.
    gcTime: 0,
    placeholderData: (before) => before,
  })
  const enter = (text: string) => {
    setCsv(text)
    forget()
    setImported(null)
  }
  const read = async (file: Blob) => {
    // A letter takes up to four bytes.
    const text = await csvOfFile(file, 4 * longestProbeList)
    if (text.ok) enter(text.value)
    else if (text.error === 'unreadable') say(t('probes.list.unreadable'))
    else tooLong()
  }
  const send = async () => {
    if (csv.trim() === '') return say(t('probes.list.missing'))
    if (csv.length > longestProbeList) return tooLong()
    setBusy(true)
    setFailure(null)
    try {
      const result = await client.probes.import(input)
      setImported(result)
      void renew('probes')
    } catch (error) {
      setFailure(t('common.failedReason', { reason: failureText(error) }))
    }
    setBusy(false)
  }
  const done = imported !== null && imported.validationErrors.length === 0
  return (
    <FormFrame
      at="middle"
      width={640}
      title={t('probes.import')}
      submit={t(busy ? 'common.saving' : 'probes.import')}
      look={done ? 'plain' : 'primary'}
      disabled={busy || done}
      {...(done && { cancel: t('common.close') })}
      failure={failure}
      form={form}
      onSubmit={() => void send()}
      onClose={onClose}
    >
      <Field label="CSV" hint={<Columns />} error={typeof wrong.csv === 'object' && 'said' in wrong.csv ? wrong.csv.said : null}>
        {(control) => (
          <textarea
            {...control}
            rows={10}
            autoComplete="off"
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: the dialog takes the focus anyway, and the operator can paste at once
            autoFocus
            placeholder={example}
            disabled={busy}
            className={`${inputClass} resize-y font-mono !text-sm`}
            value={csv}
            onChange={(event) => enter(event.target.value)}
          />
        )}
      </Field>
      <ChooseFile disabled={busy} onFile={(file) => void read(file)} />
      <Field
        label={t('probes.list.template')}
        hint={
          <>
            {t('probes.list.templateHint')} <code>{deviceColumns.join(',')}</code>
          </>
        }
      >
        {(control) => (
          <input
            {...control}
            autoComplete="off"
            spellCheck={false}
            placeholder={templateExample}
            disabled={busy}
            className={`${inputClass} font-mono !text-sm`}
            value={template}
            onChange={(event) => {
              setTemplate(event.target.value)
              setImported(null)
            }}
          />
        )}
      </Field>
      {csv.trim() !== '' && data?.preview !== undefined && data.preview.first.length > 0 && <Preview first={data.preview.first} />}
      <Tick
        labelClass="flex items-center gap-2"
        disabled={busy}
        checked={allowsThisMachine}
        onTick={(on) => {
          setAllowsThisMachine(on)
          setImported(null)
        }}
      >
        {t('probes.list.here')}
      </Tick>
      {imported !== null && (
        <InSight when={imported}>
          {done ? (
            <div role="status" className="flex items-center gap-2 font-semibold">
              <Mark kind="ok" size={13} /> {t('probes.list.done', { added: imported.added, changed: imported.changed })}
            </div>
          ) : (
            <ValidationErrors validationErrors={imported.validationErrors} />
          )}
        </InSight>
      )}
    </FormFrame>
  )
}

/** The first probes as they would be imported. */
function Preview({ first }: Pick<ListPreview, 'first'>) {
  return (
    <table className="w-full table-fixed text-left text-sm">
      <caption className="pb-1 text-left font-medium text-muted">{t('probes.list.preview')}</caption>
      <tbody>
        {first.map(({ name, url, project }) => (
          <tr key={name} className="border-t border-line">
            <th scope="row" className="w-1/4 truncate py-0.5 pr-2 font-medium">
              {name}
            </th>
            <td className="break-all py-0.5 pr-2 font-mono">{url}</td>
            <td className="w-1/5 truncate py-0.5">{project}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Columns() {
  return (
    <>
      {t('probes.list.hint')}
      <code className="mt-0.5 block break-all">{columnsLine}</code>
      {valuesLines.map((line) => (
        <code key={line} className="block">
          {line}
        </code>
      ))}
    </>
  )
}

function ValidationErrors({ validationErrors }: { readonly validationErrors: readonly ListValidationError[] }) {
  return (
    <div role="alert" className="flex flex-col gap-1 rounded-lg border border-line bg-bg p-3">
      <ul className="flex max-h-[220px] flex-col gap-0.5 overflow-y-auto">
        {validationErrors.map(({ line, column, validationError }, place) => (
          <li key={place} className="break-words">
            <span className="font-medium">{[t('probes.list.line', { line }), column].filter((part) => part !== null).join(', ')}:</span>{' '}
            {validationErrorText(validationError, language)}
          </li>
        ))}
      </ul>
    </div>
  )
}
