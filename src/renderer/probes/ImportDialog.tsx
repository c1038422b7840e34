import { useState } from 'react'
import { toast } from 'sonner'
import { validationErrorText } from '../../i18n/validationErrorText.ts'
import { contentProfiles, probeChecks } from '../../shared/probeContent.ts'
import { type ListValidationError, longestProbeList, probeColumns } from '../../shared/probes.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { formatNumber } from '../../shared/units.ts'
import { ChooseFile } from '../app/ChooseFile.tsx'
import { client } from '../app/client.ts'
import type { FormField, Wrong } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { csvOfFile } from '../app/listFile.ts'
import { language, t } from '../app/words.ts'
import { InSight } from '../ui/InSight.tsx'

/** Words of the format, which are the same in every language. */
const formatLines = [
  probeColumns.join(','),
  'mode: turns | continuous; paused: true | false',
  `profile: ${contentProfiles.join(' | ')}`,
  `checks: ${probeChecks.join(' ')}`,
]

interface Entries {
  readonly csv: string
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
  { id: 'here', kind: 'tick', label: 'probes.list.here' },
]
const tooLong = () => t('probes.list.tooLong', { most: formatNumber(longestProbeList, 0) })
const inputOf = ({ csv, here }: Entries) => ({ csv, allowsThisMachine: here === 'yes' })
function read(entered: Entries): Result<ReturnType<typeof inputOf>, Wrong> {
  if (entered.csv.trim() === '') return err({ csv: 'probes.list.missing' })
  return entered.csv.length > longestProbeList ? err({ csv: { said: tooLong() } }) : ok(inputOf(entered))
}

/** With a mistake in the list nothing is changed, and each is named by line and column. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [refused, setRefused] = useState<{ readonly of: string; readonly mistakes: readonly ListValidationError[] } | null>(null)
  return (
    <SendDialog
      at="side"
      title={t('probes.import')}
      submit={t('probes.import')}
      fields={fields}
      start={{ csv: '', here: '' }}
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
      {(entered) =>
        refused !== null &&
        refused.mistakes.length > 0 &&
        refused.of === JSON.stringify(inputOf(entered)) && (
          <InSight when={refused}>
            <Mistakes mistakes={refused.mistakes} />
          </InSight>
        )
      }
    </SendDialog>
  )
}

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
