import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import { pathChangeLastsText, pathOutcomeText } from '../../i18n/configurationText.ts'
import { actReasonText } from '../../i18n/remedyText.ts'
import type { PathEdit } from '../../shared/pathEdits.ts'
import { formatDateTime } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { noReason, readReason, reasonFields } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { failureText } from '../app/failureText.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Button } from '../ui/Button.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { markOfOutcome, SettingLines } from './PathChangeView.tsx'
import { PathEditButton } from './PathEditDialog.tsx'
import { renewPathEdits, usePathEdits } from './usePathEdits.ts'

/** Changes of path settings that were made on a server through this console, and a new one. */
export function PathEditsPanel({ serverId, server }: { readonly serverId: string; readonly server: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { data, error } = usePathEdits(serverId)
  const [undone, setUndone] = useState<PathEdit | null>(null)
  return (
    <Panel
      title={t('pathEdits.made')}
      className="max-h-[45%] flex-none max-[959px]:max-h-none"
      bodyClassName="overflow-y-auto"
      actions={<PathEditButton serverId={serverId} server={server} path={null} />}
    >
      {data === undefined ? (
        <p className="text-muted">{error === null ? t('common.loading') : failureText(error)}</p>
      ) : data.length === 0 ? (
        <p className="text-muted">{t('common.noneYet')}</p>
      ) : (
        <ul className="flex flex-col gap-1.5">
          {data.map((edit) => (
            <MadeEdit key={edit.id} edit={edit} onUndo={() => setUndone(edit)} />
          ))}
        </ul>
      )}
      <p className="mt-2 text-faint text-sm">{pathChangeLastsText(language)}</p>
      {undone !== null && <UndoDialog serverId={serverId} edit={undone} onClose={() => setUndone(null)} />}
    </Panel>
  )
}

function MadeEdit({ edit, onUndo }: { readonly edit: PathEdit; readonly onUndo: () => void }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  const { at, by, reason, path, change, lines, outcome, undoneBy, canUndo } = edit
  return (
    <li className="flex flex-col gap-0.5 rounded border border-line px-2 py-1.5">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <Mark kind={markOfOutcome[outcome]} size={11} label={pathOutcomeText(outcome, language)} />
        <span className="min-w-0 break-words font-medium">{t(`pathEdits.confirm.${change}`, { path })}</span>
        <span className="text-muted text-sm">{t('common.byTime', { by, time: formatDateTime(at, zone) })}</span>
        {canUndo && (
          <Button className="ml-auto" onClick={onUndo}>
            {t('pathEdits.undo')}
          </Button>
        )}
      </div>
      {outcome !== 'applied' && <p className="text-sm">{pathOutcomeText(outcome, language)}</p>}
      <SettingLines lines={lines} />
      <p className="break-words text-muted text-sm">
        {actReasonText(reason, language)}
        {undoneBy !== null && ` · ${t('pathEdits.undone')}`}
      </p>
    </li>
  )
}

const fields = reasonFields({ label: 'common.reason', help: 'common.reasonHint' })

/** Sets a change back, with a reason. */
function UndoDialog({ serverId, edit, onClose }: { readonly serverId: string; readonly edit: PathEdit; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { id, path, lines } = edit
  return (
    <SendDialog
      title={`${t('pathEdits.undo')}: ${path}`}
      description={t('pathEdits.undoText')}
      submit={t('pathEdits.undo')}
      fields={fields}
      start={noReason}
      read={readReason}
      send={async (reason) => {
        const { outcome } = await client.pathEdits.undo({ id: serverId, edit: id, reason })
        await renewPathEdits()
        const said = pathOutcomeText(outcome, language)
        if (outcome === 'applied') toast(said)
        else toast.error(said)
      }}
      fieldOf={(key) => key}
      onClose={onClose}
    >
      <SettingLines lines={lines.map(({ setting, before, after }) => ({ setting, before: after, after: before }))} />
    </SendDialog>
  )
}
