import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import { serverErrorText } from '../../i18n/errorText.ts'
import type { Language } from '../../i18n/languages.ts'
import type { Deletable, DeletedRecordings } from '../../shared/recordings.ts'
import { formatStretch } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { noReason, readReason, reasonFields } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { renewRecordings } from './useRecordings.ts'

/** Recordings found for deletion. */
export interface AskedDeletion {
  readonly serverId: string
  readonly server: string
  readonly path: string
  readonly found: Deletable
}
const fields = reasonFields({ label: 'common.reason', help: 'common.reasonHint' })

/** Shows what will be deleted, asks for a reason, and deletes exactly these segments, not any recorded since. */
export function DeleteDialog({ asked, onClose }: { readonly asked: AskedDeletion; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const language = useLanguage()
  const { serverId, server, path, found } = asked
  return (
    <SendDialog
      title={t('recordings.deleteTitle', { segments: found.segments.length })}
      description={t('recordings.deleteText')}
      submit={t('recordings.deleteNow')}
      fields={fields}
      start={noReason}
      read={readReason}
      send={async (reason) => {
        const done = await client.recordings.delete({ server: serverId, path, segments: [...found.segments], reason })
        await renewRecordings()
        showResult(done, t, language)
      }}
      fieldOf={(key) => key}
      onClose={onClose}
    >
      <ul className="text-muted">
        <li className="break-words text-text">{`${path} · ${server}`}</li>
        {found.first !== null && found.last !== null && <li>{formatStretch(found.first, found.last, zone)}</li>}
        {found.more > 0 && <li>{t('recordings.deleteMore')}</li>}
      </ul>
    </SendDialog>
  )
}

/** Shows the result in toasts. Segments that were gone already are not mentioned. */
function showResult({ deleted, failed, notAsked, error }: DeletedRecordings, t: TFunction, language: Language): void {
  if (deleted > 0) toast(t('recordings.deleted', { segments: deleted }))
  if (failed + notAsked > 0 && error !== null)
    toast.error(t('recordings.notDeleted', { segments: failed + notAsked, reason: serverErrorText(error, language).what }))
}
