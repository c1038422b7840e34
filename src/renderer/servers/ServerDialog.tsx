import { stepText, ymlText } from '../../i18n/configurationText.ts'
import { endpointName } from '../../i18n/diagnosisText.ts'
import type { ConnectionStep, ConnectionTest } from '../../shared/connectionTest.ts'
import { type Server, type ServerInput, serverInputSchema } from '../../shared/servers.ts'
import { client } from '../app/client.ts'
import { EditDialog } from '../app/editing/EditDialog.tsx'
import type { EditedNoun } from '../app/editing/useEditing.ts'
import { language, t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { emptyForm, formOf, nameFromUrl, type ServerForm, serverFields, serverInputOf, testedPart, tidyUrl } from './serverForm.ts'

interface ServerDialogProps {
  /** null: a new one. */
  readonly server: Server | null
  readonly onClose: () => void
  readonly onSaved: (server: Server) => void
}
type ServerTestInput = Omit<ServerInput, 'name' | 'tags' | 'paused'>

const asksForUser = ({ steps }: ConnectionTest) => steps.some(({ error }) => error?.kind === 'unauthorized' && !error.credentialsGiven)

const serverNoun: EditedNoun<Server, ServerForm, ServerInput, ServerTestInput, ConnectionTest> = {
  title: 'common.addAServer',
  fields: serverFields,
  empty: emptyForm,
  entriesOf: formOf,
  nameOf: ({ url }) => nameFromUrl(tidyUrl(url).url),
  inputOf: serverInputOf,
  schema: serverInputSchema,
  testSchema: serverInputSchema.omit({ name: true, tags: true, paused: true }),
  add: (input) => client.servers.add(input),
  update: (id, change) => client.servers.update({ id, change }),
  test: (input, id, signal) => client.servers.test({ ...input, ...(id === undefined ? {} : { id }) }, { signal }),
  testedPart,
  works: ({ ok }) => ok,
  // The server requires a user and none was given, so show the fields for it.
  suggests: (result, { authKind }) => (asksForUser(result) && authKind === 'none' ? { authKind: 'basic' } : {}),
  Answer: ({ result, entered, retest }) => <ConnectionTestView result={result} pinned={entered.fingerprint} onPin={(fingerprint) => retest({ fingerprint })} />,
}

export function ServerDialog({ server, onClose, onSaved }: ServerDialogProps) {
  return <EditDialog noun={serverNoun} edited={server} onClose={onClose} onSaved={onSaved} />
}

interface ConnectionTestViewProps {
  readonly result: ConnectionTest
  readonly pinned: string
  readonly onPin: (fingerprint: string) => void
}
const marks: Record<ConnectionStep['outcome'], MarkKind> = { ok: 'ok', failed: 'critical', off: 'idle' }

export function ConnectionTestView({ result, pinned, onPin }: ConnectionTestViewProps) {
  const { fingerprint } = result
  const isPinned = fingerprint !== null && pinned.replaceAll(/[:\s-]/g, '').toUpperCase() === fingerprint.replaceAll(':', '')
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-line bg-bg p-3" role="status">
      <div className="flex flex-wrap items-baseline gap-x-2 font-semibold">
        <Mark kind={result.ok ? 'ok' : 'critical'} size={13} />
        {result.ok ? `${t('hosts.form.works')} MediaMTX ${result.version?.replace(/^v/, '') ?? '< 1.15.2'}` : t('connection.notPassed')}
        {result.streams !== null && <span className="font-normal text-muted">{t('connection.passedStreams', { count: result.streams })}</span>}
      </div>
      <ul className="flex flex-col gap-1.5">
        {result.steps.map((step) => (
          <Step key={step.what} step={step} />
        ))}
      </ul>
      {fingerprint !== null && (
        <div className="flex flex-col gap-1.5 border-line border-t pt-3">
          <span className="font-medium">{t('connection.fingerprint')}</span>
          <code className="select-all break-all rounded bg-raised px-2 py-1 font-mono text-sm">{fingerprint}</code>
          {isPinned ? (
            <Mark kind="ok" size={11} word={t('connection.pinned')} />
          ) : (
            <>
              <p className="text-muted">{t('connection.fingerprintHint')}</p>
              <Button onClick={() => onPin(fingerprint)} className="self-start" text={t('connection.pin')} />
            </>
          )}
        </div>
      )}
      {result.lines.length > 0 && <Lines text={ymlText(result.lines, language)} />}
    </div>
  )
}

function Step({ step }: { readonly step: ConnectionStep }) {
  const { what, todo } = stepText(step, language)
  // A certificate to compare is shown below, so its fingerprint is not repeated here.
  const isCertificate = step.error?.kind.startsWith('certificate') || step.error?.kind === 'fingerprintChanged'
  return (
    <li className="grid grid-cols-[16px_72px_minmax(0,1fr)] items-baseline gap-x-2">
      <Mark kind={marks[step.outcome]} size={11} label={t(`connection.outcome.${step.outcome}`)} />
      <span className="font-medium">{endpointName(step.what, language)}</span>
      <span className="min-w-0 break-words">
        {what} <span className="text-faint">{step.address}</span>
        {todo !== '' && !isCertificate && <b className="block font-medium">{todo}</b>}
      </span>
    </li>
  )
}

function Lines({ text }: { readonly text: string }) {
  return (
    <div className="flex flex-col gap-1.5 border-line border-t pt-3">
      <div className="flex items-center gap-2">
        <span className="font-medium">{t('connection.lines')}</span>
        <CopyButton text={text} label={t('hosts.form.copy')} copiedLabel={t('common.copied')} className="ml-auto" />
      </div>
      <pre className="max-h-[260px] select-all overflow-auto rounded bg-raised px-2.5 py-2 font-mono text-sm">{text}</pre>
      <p className="text-faint text-sm">{t('connection.linesHint')}</p>
    </div>
  )
}
