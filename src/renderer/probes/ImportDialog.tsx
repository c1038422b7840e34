import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { validationErrorText } from '../../i18n/validationErrorText.ts'
import { contentProfiles, probeChecks } from '../../shared/probeContent.ts'
import { deviceColumns, type ListValidationError, longestProbeList, probeColumns } from '../../shared/probes.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { formatNumber } from '../../shared/units.ts'
import { ChooseFile } from '../app/ChooseFile.tsx'
import { client, orpc } from '../app/client.ts'
import type { FormField, Wrong } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { csvOfFile } from '../app/listFile.ts'
import { language, t } from '../app/words.ts'
import { InSight } from '../ui/InSight.tsx'
import { useSettled } from '../ui/timing.ts'

/** Words of the format, which are the same in every language. */
const formatLines = [
  probeColumns.join(','),
  'mode: turns | continuous; paused: true | false',
  `profile: ${contentProfiles.join(' | ')}`,
  `checks: ${probeChecks.join(' ')}`,
]

interface Entries {
  readonly csv: string
  readonly template: string
  /** `yes` or empty. */
  readonly here: string
}
const fields: readonly FormField<Entries>[] = [
  {
    id: 'csv',
    kind: 'lines',
    label: { name: 'CSV' },
    placeholder: 'name,url,project\ncam1,rtsp://10.0.0.9/cam1,north',
    aid: (_, enter, disabled) => <ListAid onText={enter} disabled={disabled} />,
    input: { rows: 10, className: 'font-mono !text-sm' },
  },
  {
    id: 'template',
    kind: 'text',
    label: 'probes.list.template',
    help: (t) => `${t('probes.list.templateHint')} ${deviceColumns.join(',')}`,
    placeholder: 'rtsp://{user}:{password}@{address}/Streaming/Channels/{channel}',
    input: { className: 'font-mono !text-sm' },
  },
  { id: 'here', kind: 'tick', label: 'probes.list.here' },
]
const tooLong = () => t('probes.list.tooLong', { most: formatNumber(longestProbeList, 0) })
const inputOf = ({ csv, template, here }: Entries) => ({ csv, template, allowsThisMachine: here === 'yes' })
function read(entered: Entries): Result<ReturnType<typeof inputOf>, Wrong> {
  if (entered.csv.trim() === '') return err({ csv: 'probes.list.missing' })
  return entered.csv.length > longestProbeList ? err({ csv: { said: tooLong() } }) : ok(inputOf(entered))
}

/** Adds and changes probes from a CSV list, pasted or from a file. With a mistake in it nothing is changed, and each is named by line and column. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [refused, setRefused] = useState<{ readonly of: string; readonly mistakes: readonly ListValidationError[] } | null>(null)
  return (
    <SendDialog
      at="side"
      title={t('probes.import')}
      submit={t('probes.import')}
      fields={fields}
      start={{ csv: '', template: '', here: '' }}
      read={read}
      send={async (input) => {
        const { added, changed, validationErrors: mistakes } = await client.probes.import(input)
        setRefused({ of: JSON.stringify(input), mistakes })
        if (mistakes.length > 0) throw new Error(t('cameras.import.nothingUntil'))
        toast(t('probes.list.done', { added, changed }))
      }}
      renews="probes"
      onClose={onClose}
    >
      {(entered) => (
        <>
          <Preview entered={entered} />
          {refused !== null && refused.mistakes.length > 0 && refused.of === JSON.stringify(inputOf(entered)) && (
            <InSight when={refused}>
              <Mistakes mistakes={refused.mistakes} />
            </InSight>
          )}
        </>
      )}
    </SendDialog>
  )
}

/** Below the list: a file to take it from, and its columns. */
function ListAid({ onText, disabled }: { readonly onText: (text: string) => void; readonly disabled: boolean }) {
  const [failure, setFailure] = useState<string | null>(null)
  const readFile = async (file: File) => {
    // A letter takes up to four bytes.
    const text = await csvOfFile(file, 4 * longestProbeList)
    setFailure(text.ok ? null : text.error === 'unreadable' ? t('probes.list.unreadable') : tooLong())
    if (text.ok) onText(text.value)
  }
  return (
    <div className="flex flex-col gap-1 text-faint text-sm">
      <ChooseFile disabled={disabled} onFile={(file) => void readFile(file)} />
      {failure !== null && (
        <p role="alert" className="font-medium text-critical">
          {failure}
        </p>
      )}
      <p>{t('probes.list.hint')}</p>
      {formatLines.map((line) => (
        <code key={line} className="break-all">
          {line}
        </code>
      ))}
    </div>
  )
}

/** The first probes as they would be imported. */
function Preview({ entered }: { readonly entered: Entries }) {
  const settled = useSettled(JSON.stringify(inputOf(entered)))
  const canRead = read(entered).ok
  const { data } = useQuery({
    ...orpc.probes.import.queryOptions({ input: { ...(JSON.parse(settled) as ReturnType<typeof inputOf>), preview: true } }),
    enabled: canRead,
    retry: false,
    // It holds passwords.
    gcTime: 0,
    placeholderData: (before) => before,
  })
  const first = data?.preview?.first ?? []
  if (!canRead || first.length === 0) return null
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

function Mistakes({ mistakes }: { readonly mistakes: readonly ListValidationError[] }) {
  return (
    <ul className="flex max-h-[220px] flex-col gap-0.5 overflow-y-auto rounded-lg border border-line bg-bg p-3">
      {mistakes.map(({ line, column, validationError }, place) => (
        <li key={place} className="break-words">
          <span className="font-medium">{[t('probes.list.line', { line }), column].filter((part) => part !== null).join(', ')}:</span>{' '}
          {validationErrorText(validationError, language)}
        </li>
      ))}
    </ul>
  )
}
