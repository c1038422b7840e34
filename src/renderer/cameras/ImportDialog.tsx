import { useQuery } from '@tanstack/react-query'
import type { ParseKeys } from 'i18next'
import { useMemo, useState } from 'react'
import { validationErrorText } from '../../i18n/validationErrorText.ts'
import { type ImportedCameras, type ImportField, importFields, longestImport, mostImportedRows } from '../../shared/cameras.ts'
import { redactText } from '../../shared/redact.ts'
import { formatNumber } from '../../shared/units.ts'
import { ChooseFile } from '../app/ChooseFile.tsx'
import { client, renew } from '../app/client.ts'
import { FormFrame } from '../app/editing/FormFrame.tsx'
import { failureText } from '../app/failureText.ts'
import { rowsOfFile } from '../app/listFile.ts'
import { language, t } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { column, textColumn } from '../ui/plainColumns.tsx'
import { Select } from '../ui/Select.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { useSettled } from '../ui/timing.ts'
import { guessMapping, type PreviewRow, previewRows, type Sheet, sheetOf } from './importSheet.ts'

/** No field of a select may be empty. */
const leftOut = '-'
type Mapping = Readonly<Record<string, ImportField>>

/** Adds and changes cameras from a sheet: its columns are mapped to fields, and what each row would do is seen before anything is done. */
export function ImportDialog({ onDone, onClose }: { readonly onDone: (imported: ImportedCameras) => void; readonly onClose: () => void }) {
  const [sheet, setSheet] = useState<Sheet | null>(null)
  const [mapping, setMapping] = useState<Mapping>({})
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const settled = useSettled(JSON.stringify(mapping))
  const asked = useMemo(() => JSON.parse(settled) as Mapping, [settled])
  const preview = useQuery({
    // Its rows have passwords: they are no part of the key, and what came of them is forgotten at once.
    queryKey: ['cameras', 'import', sheet?.name, sheet?.rows.length, settled],
    queryFn: ({ signal }) => client.cameras.import({ rows: sheet?.rows ?? [], mapping: asked, preview: true }, { signal }),
    enabled: sheet !== null && Object.keys(asked).length > 0,
    retry: false,
    gcTime: 0,
    structuralSharing: false,
    refetchOnReconnect: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const read = async (file: File) => {
    setFailure(null)
    const rows = await rowsOfFile(file, longestImport)
    if (!rows.ok) return setFailure(t(rows.error === 'tooLarge' ? 'cameras.import.tooLarge' : 'probes.list.unreadable'))
    const found = sheetOf(`${file.name} ${file.lastModified}`, rows.value)
    if (found === null || found.rows.length === 0) return setFailure(t('cameras.import.noRows'))
    if (found.rows.length > mostImportedRows) return setFailure(t('cameras.import.tooMany', { most: formatNumber(mostImportedRows, 0) }))
    setSheet(found)
    setMapping(guessMapping(found.headings, importFields))
    // The same file again: its preview is asked for once more.
    if (preview.isError) void preview.refetch()
  }
  const send = async () => {
    if (sheet === null) return
    setBusy(true)
    setFailure(null)
    try {
      const imported = await client.cameras.import({ rows: sheet.rows, mapping, preview: false })
      await renew('cameras')
      if (!imported.done) {
        void preview.refetch()
        return setFailure(t('cameras.import.notDone'))
      }
      onDone(imported)
      onClose()
    } catch (error) {
      setFailure(t('common.failedReason', { reason: failureText(error) }))
    } finally {
      setBusy(false)
    }
  }
  const { data } = preview
  const isCurrent = settled === JSON.stringify(mapping) && data !== undefined && !preview.isFetching
  const count = (data?.added ?? 0) + (data?.changed ?? 0)
  return (
    <FormFrame
      at="middle"
      width={1080}
      title={t('cameras.import.title')}
      description={t('cameras.import.text')}
      submit={busy ? t('common.saving') : count === 0 ? t('cameras.import.title') : t('cameras.import.submit', { count })}
      disabled={busy || !isCurrent || count === 0 || data.mistaken > 0}
      failure={failure}
      onSubmit={() => void send()}
      onEnter={() => {}}
      onClose={onClose}
    >
      <div className="flex items-center gap-3">
        <ChooseFile autoFocus disabled={busy} onFile={(file) => void read(file)} />
        {sheet !== null && <span className="text-muted">{t('cameras.import.rows', { count: sheet.rows.length })}</span>}
      </div>
      {sheet !== null && (
        <>
          <Columns sheet={sheet} mapping={mapping} disabled={busy} onMapping={setMapping} />
          {Object.keys(mapping).length === 0 ? (
            <p className="text-muted">{t('cameras.import.noColumns')}</p>
          ) : (
            <Preview sheet={sheet} data={data} error={preview.error} />
          )}
        </>
      )}
    </FormFrame>
  )
}

/** The first value of a column, without secrets. */
function sampleOf({ rows }: Sheet, heading: string, mapping: Mapping): string {
  const text = rows.find((row) => row[heading])?.[heading] ?? ''
  return mapping[heading] === 'password' ? '•••' : redactText(text)
}

const namedAs = {
  name: 'common.name',
  project: 'cameras.column.project',
  place: 'cameras.column.place',
  importance: 'cameras.form.importance',
  notes: 'cameras.form.notes',
  telephone: 'cameras.form.telephone',
  tags: 'common.tags',
  expected: 'cameras.form.expected',
  server: 'common.server',
  path: 'common.path',
  address: 'common.address',
  password: 'common.password',
} as const satisfies { readonly [Field in ImportField]?: ParseKeys }
const isNamedAs = (field: ImportField): field is keyof typeof namedAs => field in namedAs
const wordOf = (field: ImportField) => (isNamedAs(field) ? namedAs[field] : (`cameras.import.field.${field}` as const))

interface ColumnsProps {
  readonly sheet: Sheet
  readonly mapping: Mapping
  readonly disabled: boolean
  readonly onMapping: (mapping: Mapping) => void
}
/** A field that is chosen for another column leaves the first. */
function Columns({ sheet, mapping, disabled, onMapping }: ColumnsProps) {
  const options = [{ value: leftOut, label: t('cameras.import.leftOut') }, ...importFields.map((value) => ({ value, label: t(wordOf(value)) }))]
  const choose = (heading: string, field: string) =>
    onMapping({
      ...Object.fromEntries(Object.entries(mapping).filter(([other, taken]) => other !== heading && taken !== field)),
      ...(field !== leftOut && { [heading]: field as ImportField }),
    })
  return (
    <fieldset className="grid max-h-[190px] grid-cols-4 gap-x-3 gap-y-2 overflow-y-auto">
      <legend className="mb-1 font-medium text-muted text-sm">{t('cameras.import.columns')}</legend>
      {sheet.headings.map((heading) => (
        <div key={heading} className="flex min-w-0 flex-col gap-0.5">
          <span className="truncate text-sm" title={heading}>
            {heading} <span className="text-faint">{sampleOf(sheet, heading, mapping)}</span>
          </span>
          <Select
            label={heading}
            value={mapping[heading] ?? leftOut}
            options={options}
            disabled={disabled}
            onChange={(field) => choose(heading, field)}
            className="w-full"
          />
        </div>
      ))}
    </fieldset>
  )
}

const outcomeMarks: Readonly<Record<PreviewRow['outcome'], MarkKind>> = {
  mistake: 'critical',
  duplicate: 'warning',
  changed: 'minor',
  added: 'ok',
  same: 'idle',
}
interface PreviewProps {
  readonly sheet: Sheet
  readonly data: ImportedCameras | undefined
  readonly error: unknown
}
function Preview({ sheet, data, error }: PreviewProps) {
  const rows = useMemo(() => (data === undefined ? [] : previewRows(data, sheet)), [data, sheet])
  if (error !== null) return <p className="text-critical">{t('common.failedReason', { reason: failureText(error) })}</p>
  if (data === undefined) return <SkeletonRows rows={4} />
  const counts = { added: data.added, changed: data.changed, same: data.same, duplicate: data.duplicates, mistake: data.mistaken }
  return (
    <>
      <p role="status" className="flex flex-wrap gap-x-4 gap-y-1">
        {(['mistake', 'duplicate', 'changed', 'added', 'same'] as const).map(
          (outcome) =>
            counts[outcome] > 0 && (
              <Mark
                key={outcome}
                kind={outcomeMarks[outcome]}
                word={`${t(`cameras.import.outcome.${outcome}`)}: ${formatNumber(counts[outcome], 0)}`}
                quiet={outcome !== 'mistake'}
              />
            ),
        )}
        {data.mistaken > 0 && <span className="font-medium">{t('cameras.import.nothingUntil')}</span>}
      </p>
      <div className="flex h-[300px] flex-col">
        <DataTable label={t('cameras.import.preview')} columns={previewColumns()} rows={rows} keyOf={keyOf} context={null} rowPx={34} />
      </div>
    </>
  )
}
const keyOf = ({ row }: PreviewRow) => row

function previewColumns(): readonly Column<PreviewRow>[] {
  const outcomes = Object.keys(outcomeMarks) as PreviewRow['outcome'][]
  return [
    column('line', t('cameras.import.line'), { rank: 0, width: widthOf(t('cameras.import.line'), '00,000'), numeric: true }, ({ line }) => (
      <span className="text-faint">{line}</span>
    )),
    {
      id: 'outcome',
      head: t('cameras.import.result'),
      width: 24 + widthOf(...outcomes.map((outcome) => t(`cameras.import.outcome.${outcome}`))),
      rank: 0,
      cell: ({ outcome }) => <Mark kind={outcomeMarks[outcome]} size={11} word={t(`cameras.import.outcome.${outcome}`)} quiet={outcome !== 'mistake'} />,
    },
    textColumn('name', t('common.name'), ({ name }) => name, { rank: 0, width: 160, share: 1, sortable: false, className: 'font-medium' }),
    column('what', t('common.details'), { rank: 0, width: 260, share: 3, wraps: true }, (row) => (
      <span className={row.mistakes.length > 0 ? '' : 'text-muted'}>{detailsOf(row)}</span>
    )),
  ]
}
function detailsOf({ outcome, mistakes, fields, ofRow, camera }: PreviewRow): string {
  if (outcome === 'mistake')
    return mistakes
      .map(({ column, validationError }) => [column, validationErrorText(validationError, language)].filter((part) => part !== null).join(': '))
      .join(' · ')
  if (outcome === 'duplicate')
    return ofRow !== null ? t('cameras.import.ofRow', { row: ofRow }) : camera !== null ? t('cameras.import.ofCamera', { name: camera.name }) : ''
  return fields.map((field) => ((importFields as readonly string[]).includes(field) ? t(wordOf(field as ImportField)) : field)).join(', ')
}
