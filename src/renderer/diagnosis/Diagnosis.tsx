import { useMutation, useQuery } from '@tanstack/react-query'
import { Stethoscope } from 'lucide-react'
import { useEffect, useState } from 'react'
import { clientName, findingText, playabilityReasonText, playabilityVerdictText, stepName, verdictMessage, verdictText } from '../../i18n/diagnosisText.ts'
import type { Diagnosis, DiagnosisFinding, DiagnosisOutcome, DiagnosisVerdict } from '../../shared/diagnosis.ts'
import type { PlayabilityRow } from '../../shared/playability.ts'
import { formatTime, formatValue } from '../../shared/units.ts'
import { client, orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { language, t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

interface DiagnosisSubject {
  readonly serverId: string
  /** null: the server alone. */
  readonly path: string | null
  readonly name: string
}

export function DiagnosisButton(subject: DiagnosisSubject) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <Button icon={Stethoscope} onClick={() => setIsOpen(true)} title={t('diagnosis.hint')} text={t('diagnosis.button')} />
      {isOpen && <DiagnosisDialog {...subject} onClose={() => setIsOpen(false)} />}
    </>
  )
}

const lookEveryMs = 500
const marks: Readonly<Record<DiagnosisOutcome, MarkKind>> = { ok: 'ok', warning: 'warning', failed: 'critical', skipped: 'idle' }

function markOf({ kind }: DiagnosisVerdict): MarkKind {
  if (kind === 'allWell' || kind === 'waits') return 'ok'
  return kind === 'certificateEnds' || kind === 'hlsLate' || kind === 'unfinished' ? 'warning' : 'critical'
}

function DiagnosisDialog({ serverId, path, name, onClose }: DiagnosisSubject & { readonly onClose: () => void }) {
  const run = useMutation({
    mutationFn: (wakesOnDemand: boolean) =>
      path === null ? client.diagnosis.ofServer({ serverId }) : client.diagnosis.ofStream({ serverId, path, wakesOnDemand }),
  })
  const { mutate } = run
  // It begins as the dialog opens.
  const isBusy = run.isPending || run.isIdle
  useEffect(() => mutate(false), [mutate])
  const kept = useQuery({
    ...orpc.diagnosis.kept.queryOptions({ input: path === null ? { serverId } : { serverId, path } }),
    enabled: isBusy,
    refetchInterval: lookEveryMs,
    gcTime: 0,
  })
  const underWay = kept.data?.find(({ endedAt }) => endedAt === null)
  const shown = isBusy ? underWay : run.data
  const verdict = shown?.verdict ?? null
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('diagnosis.title')}
      description={t('diagnosis.text', { name })}
      closeLabel={t('common.close')}
      width={760}
      footer={
        <>
          {shown !== undefined && verdict !== null && (
            <CopyButton text={textOf(shown, name)} label={t('diagnosis.copy')} copiedLabel={t('common.copied')} className="mr-auto" />
          )}
          {verdict?.kind === 'waits' && <Button onClick={() => mutate(true)} disabled={isBusy} text={t('diagnosis.wake')} />}
          <Button look="primary" onClick={() => mutate(false)} disabled={isBusy} text={t('diagnosis.button')} />
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <div role="status">
          {isBusy ? (
            <p className="text-muted">{t('diagnosis.running')}</p>
          ) : run.isError ? (
            <p className="text-critical">{t('common.failedReason', { reason: failureText(run.error) })}</p>
          ) : (
            verdict !== null && <Verdict verdict={verdict} />
          )}
        </div>
        {shown !== undefined && shown.findings.length > 0 && (
          <section aria-label={t('diagnosis.steps')}>
            <h3 className="mb-1.5 font-semibold">
              {t('diagnosis.steps')} {shown.endedAt !== null && <span className="font-normal text-faint text-sm">{formatTime(shown.endedAt)}</span>}
            </h3>
            <ul className="flex flex-col gap-1.5">
              {shown.findings.map((finding) => (
                <Step key={`${finding.step} ${finding.endpoint} ${finding.address}`} finding={finding} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </Dialog>
  )
}

function Verdict({ verdict }: { readonly verdict: DiagnosisVerdict }) {
  const { what, todo } = verdictMessage(verdict, language)
  return (
    <div className="flex items-start gap-2">
      <Mark kind={markOf(verdict)} className="mt-[3px] flex-none" />
      <div className="min-w-0">
        <p className="break-words text-lg">{what}</p>
        {todo !== '' && <b className="break-words font-semibold">{todo}</b>}
      </div>
    </div>
  )
}

function Step({ finding }: { readonly finding: DiagnosisFinding }) {
  const { outcome, address, ms } = finding
  return (
    <li className="grid grid-cols-[16px_150px_minmax(0,1fr)_56px] items-baseline gap-x-2">
      <Mark kind={marks[outcome]} size={11} label={t(`diagnosis.outcome.${outcome}`)} />
      <span className="font-medium">{stepName(finding, language)}</span>
      <span className={`min-w-0 break-words ${outcome === 'skipped' ? 'text-muted' : ''}`}>
        {findingText(finding, language)} {address !== null && <span className="text-faint">{address}</span>}
        <LogLines finding={finding} />
      </span>
      <span className="text-right text-faint">{ms === null ? '' : formatValue(ms, 'ms')}</span>
    </li>
  )
}

function LogLines({ finding: { found } }: { readonly finding: DiagnosisFinding }) {
  if (found.kind !== 'logSays' || found.lines.length === 0) return null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
    <pre tabIndex={0} className="mt-1 max-h-40 overflow-y-auto whitespace-pre-wrap break-words rounded bg-raised px-2 py-1 text-muted text-sm">
      {found.lines.join('\n')}
    </pre>
  )
}

/** The whole of it, to be sent to somebody. */
function textOf({ startedAt, findings, verdict }: Diagnosis, name: string): string {
  const lines = findings.map((finding) => {
    const { outcome, address, ms } = finding
    const where = address === null ? '' : ` (${address})`
    const took = ms === null ? '' : ` [${Math.round(ms)} ms]`
    const log = finding.found.kind === 'logSays' ? finding.found.lines.map((line) => `\n    ${line}`).join('') : ''
    return `${signs[outcome]} ${stepName(finding, language)}${where}: ${findingText(finding, language)}${took}${log}`
  })
  const summary = verdict === null ? '' : verdictText(verdict, language)
  return [`${name}, ${new Date(startedAt).toISOString()}`, summary, '', ...lines].join('\n')
}
const signs: Readonly<Record<DiagnosisOutcome, string>> = { ok: '+', warning: '!', failed: 'x', skipped: '-' }

// That a player can't play it is no trouble: colours of severity are not for it.
const playabilityMarks: Readonly<Record<PlayabilityRow['verdict'], MarkKind>> = { plays: 'ok', limited: 'warning', cannot: 'idle', unknown: 'unknown' }
/** What is judged by changes with tracks and configuration, which is seldom. */
const renewEveryMs = 10_000

/** By which kinds of players a stream plays now, and why not; after a diagnosis also by what that found. */
export function PlayabilityCard({ serverId, path }: { readonly serverId: string; readonly path: string }) {
  const query = useQuery({ ...orpc.playability.ofStream.queryOptions({ input: { serverId, path } }), refetchInterval: renewEveryMs, retry: false })
  const { data } = query
  return (
    <Panel
      title={t('playability.title')}
      hint={data && (data.triedAt === null ? t('playability.notTried') : t('playability.triedAt', { time: formatTime(data.triedAt) }))}
      className="flex-none"
    >
      {data === undefined && query.error !== null && (
        <p className="mb-1.5 break-words text-muted">{t('common.notAvailable', { reason: failureText(query.error) })}</p>
      )}
      {data ? <Rows rows={data.rows} /> : query.isPending && <SkeletonRows rows={5} />}
    </Panel>
  )
}

function Rows({ rows }: { readonly rows: readonly PlayabilityRow[] }) {
  return (
    <ul className="flex flex-col gap-1.5">
      {rows.map((row) => (
        <li key={row.client} className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-baseline gap-x-2">
          <Mark kind={playabilityMarks[row.verdict]} size={11} />
          <span className="font-medium">{clientName(row, language)}</span>
          <span className="text-right text-muted">{playabilityVerdictText(row, language)}</span>
          {row.reasons.length > 0 && (
            <span className="col-start-2 col-end-4 break-words text-muted text-sm">
              {row.reasons.map((reason) => playabilityReasonText(reason, language)).join(' ')}
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
