import { useTranslation } from 'react-i18next'
import { Dialog } from '../ui/Dialog.tsx'
import { KeyHint } from '../ui/KeyHint.tsx'
import { useBoundKeys } from './keys.ts'
import { setPreferences, usePreferences } from './preferences.ts'
import { modKey } from './TopBar.tsx'

const names: Readonly<Record<string, string>> = {
  mod: modKey,
  shift: '⇧',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'Pg ↑',
  PageDown: 'Pg ↓',
  Escape: 'Esc',
  '-': '−',
}
const Keys = ({ keys }: { readonly keys: string }) => (
  <span className="flex items-center gap-1">
    {/* The key + is not what joins others. */}
    {(keys === '+' ? ['+'] : keys.split(/[ +]/)).map((key) => (
      <KeyHint key={key}>{names[key] ?? (key.length === 1 && keys.includes('+') ? key.toUpperCase() : key)}</KeyHint>
    ))}
  </span>
)

const Group = ({ title, rows }: { readonly title: string; readonly rows: readonly { readonly keys: string; readonly words: string }[] }) =>
  rows.length === 0 ? null : (
    <section>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <dl className="grid grid-cols-[112px_1fr] gap-y-1">
        {rows.map(({ keys, words }) => (
          <div key={keys} className="contents">
            <dt>
              <Keys keys={keys} />
            </dt>
            <dd className="text-muted">{words}</dd>
          </div>
        ))}
      </dl>
    </section>
  )

/** List of all keys currently bound. */
export function KeysHelp({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { singleKeys } = usePreferences()
  const boundKeys = useBoundKeys()
  const map = [
    { keys: '← ↑ → ↓', words: t('keys.mapMove') },
    { keys: 'n N', words: t('keys.mapTrouble') },
    { keys: '↵', words: t('keys.mapOpen') },
  ]
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t('common.keyboardShortcuts')} closeLabel={t('common.close')} width={680}>
      <div className="grid grid-cols-2 gap-x-8 gap-y-4">
        <div className="flex flex-col gap-4">
          <Group title={t('keys.everywhere')} rows={boundKeys('everywhere')} />
          <Group title={t('past.keys.title')} rows={boundKeys('past')} />
        </div>
        <div className="flex flex-col gap-4">
          <Group title={t('keys.goTo')} rows={boundKeys('goTo')} />
          <Group title={t('keys.page')} rows={boundKeys('page')} />
          <Group title={t('keys.fleetMap')} rows={map} />
        </div>
      </div>
      <label className="mt-4 flex items-center gap-2 border-line border-t pt-3 text-muted">
        <input
          type="checkbox"
          checked={singleKeys}
          onChange={(event) => setPreferences({ singleKeys: event.target.checked })}
          className="h-4 w-4 accent-(--accent)"
        />
        {t('keys.single')}
      </label>
    </Dialog>
  )
}
